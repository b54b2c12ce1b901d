/**
 * Buffers in which blocks travel from the disk to a socket: head and bytes side by side, so
 * that a block is one write. Reused in size classes; the sum of all is bounded per thread.
 * A buffer is held from `take` until the kernel has its bytes (`give`).
 */
import { BLOCK_HEAD_BYTES } from '../../net/peer-frames.js';
import { KiB, MAX_BLOCK_LENGTH, SEND_BUFFER_BYTES } from '../../net/limits.js';

const SMALLEST_CLASS = 16 * KiB;

let sendBuffers: SendBuffers | undefined;

/** The thread's buffers for blocks on their way out; made at the first call. */
export function useSendBuffers(): SendBuffers {
  sendBuffers ??= new SendBuffers();
  return sendBuffers;
}

export class SendBuffers {
  readonly #free = new Map<number, Buffer[]>();
  #allocatedBytes = 0;
  #heldBytes = 0;
  readonly #waiting = new Set<() => void>();

  /** Bytes of the buffers that are in use. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A buffer for a block head and `length` bytes, or undefined when all are in use. */
  take(length: number): Buffer | undefined {
    const size = sizeOfClass(length);
    const free = this.#free.get(size)?.pop();
    if (free) {
      this.#heldBytes += size;
      return free;
    }
    if (this.#allocatedBytes + size > SEND_BUFFER_BYTES) this.#dropFree();
    if (this.#allocatedBytes + size > SEND_BUFFER_BYTES) return undefined;
    this.#allocatedBytes += size;
    this.#heldBytes += size;
    return Buffer.allocUnsafeSlow(BLOCK_HEAD_BYTES + size);
  }

  /** Gives a buffer back; its bytes are no longer needed. */
  give(buffer: Buffer): void {
    const size = sizeOfBuffer(buffer);
    this.#heldBytes -= size;
    const free = this.#free.get(size);
    if (free) free.push(buffer);
    else this.#free.set(size, [buffer]);
    this.#wake();
  }

  /** Forgets a buffer whose bytes a closing socket may still hold. */
  discard(buffer: Buffer): void {
    this.#allocatedBytes -= sizeOfBuffer(buffer);
    this.#heldBytes -= sizeOfBuffer(buffer);
    this.#wake();
  }

  /** Calls `retry` once when a buffer was given back. */
  whenFree(retry: () => void): void {
    this.#waiting.add(retry);
  }

  /** Forgets a waiter. */
  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    for (const retry of [...this.#waiting]) {
      this.#waiting.delete(retry);
      retry();
    }
  }

  #dropFree(): void {
    for (const [size, buffers] of this.#free) this.#allocatedBytes -= size * buffers.length;
    this.#free.clear();
  }
}

/** Bytes that a buffer counts for, without the place of its head. */
export function sizeOfBuffer(buffer: Buffer): number {
  return buffer.length - BLOCK_HEAD_BYTES;
}

/** Bytes of the buffer in which a block of this length travels. */
export function sizeOfClass(length: number): number {
  let size = SMALLEST_CLASS;
  while (size < length && size < MAX_BLOCK_LENGTH) size *= 2;
  return Math.min(size, MAX_BLOCK_LENGTH);
}
