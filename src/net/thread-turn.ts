/**
 * A turn that the threads of one process take one after another, for what belongs to all of them and takes
 * microseconds, such as a flag of V8. Pure but for the wait, in which the thread does nothing else.
 */
import { THREAD_TURN_WAIT_MS } from './limits.js';

const FREE = 0;
const TAKEN = 1;

/** Nobody's turn yet; every thread has to have the same one. */
export function createTurnCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/**
 * Does the work when it is this thread's turn. A thread that was ended in its turn does not give it back: whoever
 * waits for longer than any turn takes (`waitMs`) goes on without, and the turn is anybody's again afterwards.
 */
export function inThreadTurn<T>(
  cell: SharedArrayBuffer,
  work: () => T,
  waitMs = THREAD_TURN_WAIT_MS,
): T {
  const turn = new Int32Array(cell);
  while (Atomics.compareExchange(turn, 0, FREE, TAKEN) !== FREE) {
    if (Atomics.wait(turn, 0, TAKEN, waitMs) === 'timed-out') break;
  }
  try {
    return work();
  } finally {
    Atomics.store(turn, 0, FREE);
    Atomics.notify(turn, 0, 1);
  }
}
