/** Where the processes of a contestant run, and at which address they find each other. */
import { untilListening } from './listening.js';
import type { Command } from './processes.js';

export interface Site {
  /** Where whoever serves is found. */
  readonly servingHost: string;
  /** Where whoever fetches is. */
  readonly fetchingHost: string;
  /** The same command, run where it belongs. */
  serving(command: Command): Command;
  fetching(command: Command): Command;
  /** Resolves when something listens on a port of `servingHost`. */
  untilListening(port: number): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Everybody on this machine. */
export const loopback: Site = {
  servingHost: LOOPBACK,
  fetchingHost: LOOPBACK,
  serving: (command) => command,
  fetching: (command) => command,
  untilListening,
};
