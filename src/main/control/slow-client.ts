/** Whoever waits for the first answer of the client that runs for their home reads that it is waited for. Owns no state. */
import { tellIfSlow } from './tell-if-slow.js';

/** Told once, after HOME_WAIT_TOLD_MS; it may be busy, or halted where nobody here can see that. */
export function tellIfClientSlow<T>(answer: Promise<T>, note: (line: string) => void): Promise<T> {
  return tellIfSlow(answer, () => note('waiting for the client of this home to answer'));
}
