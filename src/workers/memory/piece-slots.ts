/**
 * Piece slots: one fixed-size WebAssembly.Memory per thread, handed out in runs of units.
 * Sockets read into a slot, SHA-1 runs in it, the write leaves from it; nothing is copied.
 * Owns which bytes are taken. The memory never grows, so views of it stay valid.
 *
 * free → held (acquire) → free (release). First fit from the low end, so that pages which no
 * piece ever needed are never touched.
 */
import { bug } from '../../net/errors.js';
import { MIN_PIECE_LENGTH } from '../../net/limits.js';
import type { SlotMemory } from './slot-memory.js';

const UNIT_BYTES = MIN_PIECE_LENGTH / 4;

/** A run of bytes in the thread's memory that holds one piece. */
export interface Slot {
  /** Byte offset in the memory. */
  readonly at: number;
  /** Bytes of the piece. */
  readonly length: number;
}

export class PieceSlots {
  readonly #firstByte: number;
  readonly #taken: Uint8Array;
  /** Called in order of arrival when bytes become free; each decides whether to try again. */
  readonly #waiting = new Set<() => void>();

  /** Slots in the bytes from `firstByte` to the end of `memory`. */
  constructor(memory: SlotMemory, firstByte: number) {
    this.#firstByte = firstByte;
    this.#taken = new Uint8Array(Math.floor((memory.buffer.byteLength - firstByte) / UNIT_BYTES));
  }

  /** A slot for `length` bytes, or undefined when there is no room now. */
  acquire(length: number): Slot | undefined {
    const units = Math.ceil(length / UNIT_BYTES);
    const taken = this.#taken;
    // By searches of the engine: a loop over the units took 2 % of a download's processor time.
    for (let first = taken.indexOf(0); first >= 0;) {
      const nextTaken = taken.indexOf(1, first);
      const end = nextTaken < 0 ? taken.length : nextTaken;
      if (end - first >= units) {
        taken.fill(1, first, first + units);
        return { at: this.#firstByte + first * UNIT_BYTES, length };
      }
      first = taken.indexOf(0, end);
    }
    return undefined;
  }

  /** Gives a slot back and tells those who wait for room. */
  release(slot: Slot): void {
    const first = (slot.at - this.#firstByte) / UNIT_BYTES;
    if (this.#taken[first] !== 1) bug(`slot at ${slot.at} released twice`);
    this.#taken.fill(0, first, first + Math.ceil(slot.length / UNIT_BYTES));
    for (const retry of [...this.#waiting]) {
      this.#waiting.delete(retry);
      retry();
    }
  }

  /** Calls `retry` once when bytes have become free. */
  whenFree(retry: () => void): void {
    this.#waiting.add(retry);
  }

  /** Forgets a waiter. */
  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }

  /** Units in use, for tests and assertions. */
  get heldUnits(): number {
    return this.#taken.reduce((sum, taken) => sum + taken, 0);
  }
}
