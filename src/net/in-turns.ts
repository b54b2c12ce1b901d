/**
 * Long work in parts, written once as a generator that stops now and then: done at once by who has
 * nothing else to do, or in turns with everything else that waits for the thread.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Does all of it now. */
export function atOnce<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Does a part in each turn of the event loop. */
export async function inTurns<Result>(work: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await nextTurn();
  }
}
