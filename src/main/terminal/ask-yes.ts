/** A question on a terminal that one key answers: y is yes, anything else no. Leaves the input as it was. */
import { CancelledError } from '../../net/errors.js';
import { askRaw, type RawOutcome, type RawTerminal } from './raw-input.js';

const CTRL_C = '\u0003';

/** @throws CancelledError after Ctrl-C; the reason of the signal */
export async function askYes(question: string, terminal: RawTerminal): Promise<boolean> {
  const take = (key: string): RawOutcome<boolean> => {
    if (key === CTRL_C) return { error: new CancelledError('interrupted', 'INTERRUPTED') };
    const answer = key.toLowerCase() === 'y';
    terminal.output.write(answer ? 'yes' : 'no');
    return { answer };
  };
  return askRaw(terminal, {
    text: `${question} [y/N] `,
    onKeys: (bytes) => take(bytes.toString().slice(0, 1)),
    onEnd: () => take(''),
  });
}
