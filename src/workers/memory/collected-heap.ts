/**
 * Keeps the JavaScript heap of a thread that lives for long as large as what is in it. V8 lets garbage gather
 * until a heap has several times its size, and a thread that makes little of it grows for hours; so it is
 * looked at from time to time, and collected when it has grown.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { COLLECTED_GROWTH_BYTES, HEAP_LOOK_INTERVAL_MS } from '../../net/limits.js';

/** What is collected, and how. */
export interface HeapAccess {
  readonly usedBytes: () => number;
  /** Takes some milliseconds, in which the thread does nothing else. */
  readonly collect: () => void;
}

export class CollectedHeap {
  readonly #heap: HeapAccess;
  /** After the last collection, or when it was looked at first. */
  #leftBytes: number | undefined;

  constructor(heap: HeapAccess) {
    this.#heap = heap;
  }

  /** Call it from time to time. */
  look(): void {
    const used = this.#heap.usedBytes();
    this.#leftBytes ??= used;
    if (used < this.#leftBytes + Math.max(COLLECTED_GROWTH_BYTES, this.#leftBytes / 4)) {
      // What V8 has collected by itself counts as well.
      this.#leftBytes = Math.min(this.#leftBytes, used);
      return;
    }
    this.#heap.collect();
    this.#leftBytes = this.#heap.usedBytes();
  }
}

/** Looks after the heap of this thread as long as it lives. */
export function keepHeapCollected(): void {
  const heap = new CollectedHeap(ownHeap);
  setInterval(() => heap.look(), HEAP_LOOK_INTERVAL_MS).unref();
}

/** The heap of the thread that asks. */
export const ownHeap: HeapAccess = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  collect: () => {
    collectNow ??= collector();
    collectNow();
  },
};

let collectNow: (() => void) | undefined;

/** Only a context that is made while the flag is set has the function. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
