/** A question on a terminal that one key answers: y is yes, anything else no. Leaves the input as it was. */
import { CancelledError } from '../../net/errors.js';
import type { InputStream, OutputStream } from './environment.js';

const CTRL_C = '\u0003';

/** @throws CancelledError after Ctrl-C */
export async function askYes(
  question: string,
  stdin: InputStream,
  output: OutputStream,
): Promise<boolean> {
  const wasRaw = stdin.isRaw === true;
  output.write(`${question} [y/N] `);
  stdin.setRawMode?.(true);
  try {
    const key = await firstKey(stdin);
    if (key === CTRL_C) throw new CancelledError('interrupted', 'INTERRUPTED');
    const isYes = key.toLowerCase() === 'y';
    output.write(isYes ? 'yes' : 'no');
    return isYes;
  } finally {
    stdin.setRawMode?.(wasRaw);
    if (!wasRaw) stdin.pause();
    output.write('\n');
  }
}

/** Empty at the end of the input. */
function firstKey(stdin: InputStream): Promise<string> {
  return new Promise((resolve) => {
    const settle = (key: string): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      resolve(key);
    };
    const onData = (bytes: Buffer | string): void => settle(bytes.toString().slice(0, 1));
    const onEnd = (): void => settle('');
    stdin.on('data', onData);
    stdin.once('end', onEnd);
    stdin.resume();
  });
}
