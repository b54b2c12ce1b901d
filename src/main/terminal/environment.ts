/**
 * What a command line finds around itself: streams, variables, working folder. Handed in
 * rather than taken from `process`, so that tests can run a command with streams of their own.
 */
import type { Readable, Writable } from 'node:stream';

/** A stream to read from that may be a terminal. */
export type InputStream = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
};

/** A stream to write to that may be a terminal; `columns` is its width in cells. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The surroundings of one run of `p2p`. */
export interface Environment {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of arguments start here. */
  readonly cwd: string;
}

/** The surroundings of this process. */
export function processEnvironment(): Environment {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, cwd: process.cwd() };
}
