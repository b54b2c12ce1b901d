/**
 * Whether what is written to one content goes past the page cache, over all threads, in one SharedArrayBuffer. What
 * nobody reads before it is on the disk need not lie in memory: copying it there costs more of a processor than all
 * else that a download does. Once somebody reads it, memory is where it should be.
 *
 *   direct → cached (for good)
 */
const CACHED = 1;

/** How a content is written past the page cache. */
export interface DirectWriting {
  readonly cell: SharedArrayBuffer;
  /** Such writes that a thread may have under way. */
  readonly mostWrites: number;
}

/** Nobody reads it; every thread that writes to the content has to have the same one. */
export function createDirectCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Somebody reads it: from now on all goes through the page cache. */
export function endDirectWriting(cell: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(cell), 0, CACHED);
}

export function isWrittenDirectly(cell: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(cell), 0) !== CACHED;
}
