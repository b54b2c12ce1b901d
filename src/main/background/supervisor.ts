/**
 * Whoever started this process and waits to hear how far it is: a command that put it into the background.
 * What is said to nobody is not heard.
 */
import type { WireError } from '../../net/errors.js';

/** What is true once it does its work. */
export interface ReadyNews {
  /** For people, in one line. */
  readonly line: string;
  /** For programs. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface Supervisor {
  /** No terminal has it; `down` ends it. */
  readonly isInBackground: boolean;
  /** It only goes on with what so many commands wait for, and ends with that; 0 of one with work of its own. */
  readonly takesOver: number;
  /** Hears once that the work is done from now on. */
  ready(news: ReadyNews): void;
  /** Hears what it waits for before it can be ready. */
  waiting(line: string): void;
  /** Hears why it ends before it is ready. */
  failed(error: WireError): void;
}

/** Started by somebody who looks at what it prints, or by nobody. */
export const NO_SUPERVISOR: Supervisor = {
  isInBackground: false,
  takesOver: 0,
  ready: () => undefined,
  waiting: () => undefined,
  failed: () => undefined,
};
