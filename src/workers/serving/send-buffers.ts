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
  readonly #waiting = new Set<() => void>();

  /** A buffer for a block head and `length` bytes, or undefined when all are in use. */
  take(length: number): Buffer | undefined {
    const size = classOf(length);
    const free = this.#free.get(size)?.pop();
    if (free) return free;
    if (this.#allocatedBytes + size > SEND_BUFFER_BYTES) this.#dropFree();
    if (this.#allocatedBytes + size > SEND_BUFFER_BYTES) return undefined;
    this.#allocatedBytes += size;
    return Buffer.allocUnsafeSlow(BLOCK_HEAD_BYTES + size);
  }

  /** Gives a buffer back; its bytes are no longer needed. */
  give(buffer: Buffer): void {
    const size = buffer.length - BLOCK_HEAD_BYTES;
    const free = this.#free.get(size);
    if (free) free.push(buffer);
    else this.#free.set(size, [buffer]);
    for (const retry of [...this.#waiting]) {
      this.#waiting.delete(retry);
      retry();
    }
  }

  /** Forgets a buffer whose bytes a closing socket may still hold. */
  discard(buffer: Buffer): void {
    this.#allocatedBytes -= buffer.length - BLOCK_HEAD_BYTES;
  }

  /** Calls `retry` once when a buffer was given back. */
  whenFree(retry: () => void): void {
    this.#waiting.add(retry);
  }

  /** Forgets a waiter. */
  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }

  #dropFree(): void {
    for (const [size, buffers] of this.#free) this.#allocatedBytes -= size * buffers.length;
    this.#free.clear();
  }
}

function classOf(length: number): number {
  let size = SMALLEST_CLASS;
  while (size < length && size < MAX_BLOCK_LENGTH) size *= 4;
  return Math.min(size, MAX_BLOCK_LENGTH);
}
