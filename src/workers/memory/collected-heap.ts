/**
 * Keeps the JavaScript heap of a thread that lives for long as large as what is in it. V8 lets garbage gather
 * until a heap has several times its size, and a thread that makes little of it grows for hours; so it is
 * looked at from time to time, and collected when it has grown.
 */
import { getHeapStatistics } from 'node:v8';
import { COLLECTED_GROWTH_BYTES, HEAP_LOOK_INTERVAL_MS } from '../../net/limits.js';
import { garbageCollector } from './garbage-collector.js';

/** What is collected, and how. */
export interface HeapAccess {
  readonly usedBytes: () => number;
  /** Takes some milliseconds, in which the thread does nothing else; answers whether it could be done. */
  readonly collect: () => boolean;
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
    // The next look tries again.
    if (!this.#heap.collect()) return;
    this.#leftBytes = this.#heap.usedBytes();
  }
}

/** Looks after the heap of this thread as long as it lives; all threads of the process share the turn. */
export function keepHeapCollected(turn: SharedArrayBuffer): void {
  const heap = new CollectedHeap(ownHeap(turn));
  setInterval(() => heap.look(), HEAP_LOOK_INTERVAL_MS).unref();
}

/** The heap of the thread that asks. */
export function ownHeap(turn: SharedArrayBuffer): HeapAccess {
  let collectNow: (() => void) | undefined;
  return {
    usedBytes: () => getHeapStatistics().used_heap_size,
    collect: () => {
      collectNow ??= garbageCollector(turn);
      collectNow?.();
      return collectNow !== undefined;
    },
  };
}
