/**
 * The sending half of one upload session: frames and blocks onto the socket, whole and in
 * order. Under a rate limit a block leaves in slices; frames that come up meanwhile wait for
 * its end, because nothing may stand in the middle of a block. Owns the buffer it sends from.
 *
 *   idle → sending a block, slice by slice → idle      any → closed
 */
import type { Socket } from 'node:net';
import {
  FRAME_QUEUE_BYTES,
  KiB,
  MAX_BLOCK_LENGTH,
  MAX_SEND_QUEUE_BYTES,
  PEER_LINGER_MS,
  SMALL_REQUEST_BYTES,
} from '../../net/limits.js';
import { BLOCK_HEAD_BYTES, encodeFrame, type PeerFrame } from '../../net/peer-frames.js';
import { whenPaid } from '../../net/rate-wait.js';
import type { Limiter } from '../dialling/way-limiter.js';
import type { SessionBuffers } from './buffer-share.js';

/** Bytes sent at a time under a rate limit: small, so that the rate is even. */
const LIMITED_SLICE_BYTES = 16 * KiB;
/** With this much queued, another block still leaves FRAME_QUEUE_BYTES of the queue. */
const ROOM_FOR_A_BLOCK =
  MAX_SEND_QUEUE_BYTES - FRAME_QUEUE_BYTES - (BLOCK_HEAD_BYTES + MAX_BLOCK_LENGTH);

/** A block of which a part is on the socket. */
interface BlockInProgress {
  readonly buffer: Buffer;
  /** Bytes of the whole frame, head included. */
  readonly length: number;
  sent: number;
  readonly onSent: () => void;
  /** Takes back that its next slice is sent. */
  endWaiting: (() => void) | undefined;
}

export class BlockSender {
  readonly #socket: Socket;
  readonly #buffers: Pick<SessionBuffers, 'give' | 'discard'>;
  readonly #limiter: Limiter;
  #block: BlockInProgress | undefined;
  /** Frames that wait for the end of the block, encoded, and their bytes. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Writes of block bytes that the kernel has not taken yet. */
  #unsentWrites = 0;
  #isClosed = false;
  /** All bytes handed to the socket, those of them taken and what the handle held at the last look. */
  #handedBytes = 0;
  #takenBytes = 0;
  #handleBytes = 0;

  constructor(socket: Socket, buffers: Pick<SessionBuffers, 'give' | 'discard'>, limiter: Limiter) {
    this.#socket = socket;
    this.#buffers = buffers;
    this.#limiter = limiter;
  }

  /** True when another block may be handed over: some room is left for what is not a block. */
  get hasRoom(): boolean {
    return !this.#isClosed && !this.#block && this.#socket.writableLength <= ROOM_FOR_A_BLOCK;
  }

  /** True when the peer has let more pile up than one that reads ever would. */
  get isOverfull(): boolean {
    return this.#socket.writableLength + this.#waitingBytes > MAX_SEND_QUEUE_BYTES;
  }

  /** A look at the socket: true when bytes wait and the kernel has taken none since the last one. */
  checkStuck(): boolean {
    const takenBytes = this.#handedBytes - this.#socket.writableLength;
    const handleBytes = handleBytesOf(this.#socket);
    const hasMoved = takenBytes > this.#takenBytes || handleBytes < this.#handleBytes;
    this.#takenBytes = takenBytes;
    this.#handleBytes = handleBytes;
    return this.#socket.writableLength > 0 && !hasMoved;
  }

  /** Sends a frame, after the block that is under way. */
  sendFrame(frame: PeerFrame): void {
    if (this.#isClosed || this.#socket.destroyed) return;
    const bytes = encodeFrame(frame);
    if (!this.#block) {
      this.#writeFrame(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /**
   * Sends a BLOCK frame that lies in `buffer`, and gives the buffer back when the kernel has
   * it. `onSent` is called once its last byte is on the socket; never after `close`.
   */
  sendBlock(buffer: Buffer, length: number, onSent: () => void): void {
    if (!this.#limiter.isLimited) {
      this.#write(buffer, 0, length, true);
      onSent();
      return;
    }
    this.#block = { buffer, length, sent: 0, onSent, endWaiting: undefined };
    this.#sendSlices(this.#block);
  }

  /**
   * Ends the connection. A last frame is sent when no block waits to be sent; whoever is shown
   * the door gets nothing more of what was queued for them.
   */
  close(lastFrame: PeerFrame | undefined): void {
    const hasQueuedBlocks = this.#block !== undefined || this.#unsentWrites > 0;
    const isPolite = lastFrame !== undefined && !hasQueuedBlocks;
    if (isPolite) this.sendFrame(lastFrame);
    this.#isClosed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#block) {
      this.#block.endWaiting?.();
      this.#buffers.discard(this.#block.buffer);
      this.#block = undefined;
    }
    if (isPolite) this.#linger();
    else this.#socket.destroy();
  }

  /**
   * Closes this half and reads on for a moment: a socket closed with unread bytes is reset, and
   * the other side would never see the error it was sent.
   */
  #linger(): void {
    const timer = setTimeout(() => this.#socket.destroy(), PEER_LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.end();
  }

  #sendSlices(block: BlockInProgress): void {
    block.endWaiting = undefined;
    // A block of one byte costs us nearly what a small one does.
    const leastCost = block.length < SMALL_REQUEST_BYTES ? SMALL_REQUEST_BYTES : 0;
    while (block.sent < block.length) {
      const until = Math.min(block.length, block.sent + LIMITED_SLICE_BYTES);
      const waitMs = this.#limiter.reserve(Math.max(until - block.sent, leastCost));
      if (waitMs > 0) {
        block.endWaiting = whenPaid(this.#limiter, waitMs, () => this.#sendSlice(block, until));
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
    this.#write(block.buffer, block.sent, until, until === block.length);
    block.sent = until;
  }

  #write(buffer: Buffer, from: number, until: number, isLast: boolean): void {
    this.#unsentWrites++;
    this.#handedBytes += until - from;
    this.#socket.write(buffer.subarray(from, until), () => {
      this.#unsentWrites--;
      if (isLast) this.#buffers.give(buffer);
    });
  }

  #writeFrame(bytes: Buffer): void {
    this.#handedBytes += bytes.length;
    this.#socket.write(bytes);
  }

  #finish(block: BlockInProgress): void {
    this.#block = undefined;
    const frames = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const frame of frames) this.#writeFrame(frame);
    block.onSent();
  }
}

/**
 * Bytes of the present write that the kernel has not taken. A block is one write, which on a slow
 * way takes longer than anybody may be silent; Node's own socket timeouts look here as well.
 */
function handleBytesOf(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
