/**
 * How many writes to one content have begun and have come back, over all threads, in one SharedArrayBuffer. A write
 * blocks its thread, so that a thread whose disk does not answer cannot say so itself.
 */
const BEGUN = 0;
const ENDED = 1;

/** Writes so far; both wrap around, so that only whether they are equal, or what they were before, says anything. */
export interface Writes {
  readonly begun: number;
  readonly ended: number;
}

/** Nothing is written yet; every thread that writes to the content has to have the same one. */
export function createWriteCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

export function writesIn(cell: SharedArrayBuffer): Writes {
  const counts = new Int32Array(cell);
  // In this order what ends in between looks as if it had not begun.
  const ended = Atomics.load(counts, ENDED);
  return { begun: Atomics.load(counts, BEGUN), ended };
}

/** The same for work that is waited for. */
export async function countedWriting<T>(
  cell: SharedArrayBuffer,
  write: () => Promise<T>,
): Promise<T> {
  const counts = new Int32Array(cell);
  Atomics.add(counts, BEGUN, 1);
  try {
    return await write();
  } finally {
    Atomics.add(counts, ENDED, 1);
  }
}

/** Does a piece of work that writes. */
export function countedWrite<T>(cell: SharedArrayBuffer, write: () => T): T {
  const counts = new Int32Array(cell);
  Atomics.add(counts, BEGUN, 1);
  try {
    return write();
  } finally {
    Atomics.add(counts, ENDED, 1);
  }
}
