/**
 * The sending half of one upload session: frames and blocks onto the socket, whole and in
 * order. Under a rate limit a block leaves in slices; frames that come up meanwhile wait for
 * its end, because nothing may stand in the middle of a block. Owns the buffer it sends from.
 *
 *   idle → sending a block, slice by slice → idle      any → closed
 */
import type { Socket } from 'node:net';
import { KiB, MAX_SEND_QUEUE_BYTES } from '../net/limits.js';
import { encodeFrame, type PeerFrame } from '../net/peer-frames.js';
import type { SharedRateLimiter } from '../net/shared-rate-limiter.js';
import type { SendBuffers } from './send-buffers.js';

/** Bytes sent at a time under a rate limit: small, so that the rate is even. */
const LIMITED_SLICE_BYTES = 16 * KiB;

/** A block of which a part is on the socket. */
interface BlockInProgress {
  readonly buffer: Buffer;
  /** Bytes of the whole frame, head included. */
  readonly length: number;
  sent: number;
  readonly onSent: () => void;
  timer: NodeJS.Timeout | undefined;
}

export class BlockSender {
  readonly #socket: Socket;
  readonly #buffers: SendBuffers;
  readonly #limiter: SharedRateLimiter;
  #block: BlockInProgress | undefined;
  /** Frames that wait for the end of the block. */
  #waiting: PeerFrame[] = [];
  #isClosed = false;

  constructor(socket: Socket, buffers: SendBuffers, limiter: SharedRateLimiter) {
    this.#socket = socket;
    this.#buffers = buffers;
    this.#limiter = limiter;
  }

  /** True when another block may be handed over. */
  get hasRoom(): boolean {
    return !this.#isClosed && !this.#block && this.#socket.writableLength < MAX_SEND_QUEUE_BYTES;
  }

  /** Sends a frame, after the block that is under way. */
  sendFrame(frame: PeerFrame): void {
    if (this.#isClosed || this.#socket.destroyed) return;
    if (this.#block) this.#waiting.push(frame);
    else this.#socket.write(encodeFrame(frame));
  }

  /**
   * Sends a BLOCK frame that lies in `buffer`, and gives the buffer back when the kernel has
   * it. `onSent` is called once its last byte is on the socket; never after `close`.
   */
  sendBlock(buffer: Buffer, length: number, onSent: () => void): void {
    if (!this.#limiter.isLimited) {
      this.#socket.write(buffer.subarray(0, length), () => this.#buffers.give(buffer));
      onSent();
      return;
    }
    this.#block = { buffer, length, sent: 0, onSent, timer: undefined };
    this.#sendSlices(this.#block);
  }

  /**
   * Ends the connection. A last frame is sent when nothing else waits to be sent; whoever is
   * shown the door gets nothing more of what was queued for them.
   */
  close(lastFrame: PeerFrame | undefined): void {
    const isQuiet = !this.#block && this.#socket.writableLength === 0;
    if (lastFrame && isQuiet) this.sendFrame(lastFrame);
    this.#isClosed = true;
    this.#waiting = [];
    if (this.#block) {
      clearTimeout(this.#block.timer);
      this.#buffers.discard(this.#block.buffer);
      this.#block = undefined;
    }
    if (isQuiet) this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  #sendSlices(block: BlockInProgress): void {
    block.timer = undefined;
    while (block.sent < block.length) {
      const until = Math.min(block.length, block.sent + LIMITED_SLICE_BYTES);
      const waitMs = this.#limiter.reserve(until - block.sent);
      if (waitMs > 0) {
        block.timer = setTimeout(() => this.#sendSlice(block, until), waitMs);
        return;
      }
      this.#writeSlice(block, until);
    }
    this.#finish(block);
  }

  #sendSlice(block: BlockInProgress, until: number): void {
    this.#writeSlice(block, until);
    this.#sendSlices(block);
  }

  #writeSlice(block: BlockInProgress, until: number): void {
    const { buffer, length } = block;
    const isLast = until === length;
    this.#socket.write(buffer.subarray(block.sent, until), () => {
      if (isLast) this.#buffers.give(buffer);
    });
    block.sent = until;
  }

  #finish(block: BlockInProgress): void {
    this.#block = undefined;
    const frames = this.#waiting;
    this.#waiting = [];
    for (const frame of frames) this.#socket.write(encodeFrame(frame));
    block.onSent();
  }
}
