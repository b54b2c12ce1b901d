/**
 * Single keys of whoever sits at a terminal. The terminal is read raw, and only while this process is in its foreground:
 * Ctrl-Z gives it back, and `fg` takes it again. Life: heard -> closed, after which the input is as it was.
 */
import type { InputStream } from './environment.js';
import { isInForeground } from './foreground.js';

const CTRL_Z = '\u001a';
/** A sequence of an arrow or another key that is no character, or one character. */
const KEY = /\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[^]/gu;
const NAMES: Readonly<Record<string, string>> = {
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u0003': 'ctrl-c',
  [CTRL_Z]: 'ctrl-z',
};

/** `up`, `down`, `ctrl-c`, `ctrl-z`, or what the key typed. */
export function keysIn(typed: string): string[] {
  return (typed.match(KEY) ?? []).map((key) => NAMES[key] ?? key);
}

export interface HeardKeys {
  /** Leaves the terminal alone for good; idempotent. */
  close(): void;
}

/** `onKey` gets each key in the order in which they were typed, all but Ctrl-Z. */
export function hearKeys(
  stdin: InputStream,
  onKey: (key: string) => void,
  isForeground: () => boolean = isInForeground,
): HeardKeys {
  const wasRaw = stdin.isRaw === true;
  // Who sets the modes of a terminal from its background is stopped for it.
  const giveBack = (): void => {
    if (isForeground()) stdin.setRawMode?.(wasRaw);
    stdin.pause();
  };
  const take = (): void => {
    giveBack();
    if (!isForeground()) return;
    stdin.setRawMode?.(true);
    stdin.resume();
  };
  const onData = (bytes: Buffer | string): void => {
    for (const key of keysIn(bytes.toString())) {
      if (key !== 'ctrl-z') {
        onKey(key);
        continue;
      }
      giveBack();
      process.kill(0, 'SIGTSTP');
    }
  };
  const onEnd = (): void => void stdin.pause();
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  process.on('SIGCONT', take);
  take();
  let isClosed = false;
  return {
    close: () => {
      if (isClosed) return;
      isClosed = true;
      process.off('SIGCONT', take);
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
      giveBack();
    },
  };
}
