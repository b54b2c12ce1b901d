/**
 * Whether this process may use its terminal: only the group of processes in the foreground may
 * read from it, the system stops all others that try, and a bar of theirs would be drawn over what
 * somebody types. Node cannot ask the terminal, so Linux is asked for it in /proc; elsewhere the answer is yes.
 */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { InputStream } from './environment.js';

const STAT_PATH = '/proc/self/stat';

/** True when the terminal of this process, if it has one, is its own to use. */
export function isInForeground(stat: string | undefined = readStat()): boolean {
  // The second field is a name in parentheses, in which anything may stand.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [, , group, , terminal, foregroundGroup] = fields;
  if (terminal === undefined || terminal === '0') return true;
  return group === foregroundGroup;
}

function readStat(): string | undefined {
  try {
    return readFileSync(STAT_PATH, 'latin1');
  } catch {
    // Not Linux, or no /proc here.
    return undefined;
  }
}

/** What is typed into a terminal, taken from it only while this process is in the foreground. */
export interface ForegroundInput {
  readonly stdin: InputStream;
  /** Leaves the terminal alone for good; idempotent. */
  close(): void;
}

/** Anything but a terminal is read as it is. */
export function foregroundInput(stdin: InputStream): ForegroundInput {
  if (stdin.isTTY !== true) return { stdin, close: () => undefined };
  const typed = new PassThrough();
  const follow = (): void => {
    if (isInForeground()) stdin.resume();
    else stdin.pause();
  };
  const onData = (bytes: Buffer): void => void typed.write(bytes);
  const onEnd = (): void => void typed.end();
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  // Sent by `fg` and `bg`: from now on the terminal is ours, or it is not.
  process.on('SIGCONT', follow);
  follow();
  return {
    stdin: typed,
    close: () => {
      process.off('SIGCONT', follow);
      stdin.off('data', onData).off('end', onEnd).pause();
    },
  };
}
