/**
 * Reads the serving peer's stream without copying: frame heads go through a small inbox, and
 * as soon as a BLOCK's head is known the socket reads the rest straight into the piece's slot.
 * Owns the parser's state only; where bytes belong is decided by its owner.
 *
 *   head → block (into a slot, or discarded) → head
 *   head → frame (larger than the inbox)     → head
 */
import { PeerError } from '../../net/errors.js';
import { KiB } from '../../net/limits.js';
import {
  BLOCK_HEAD_BYTES,
  decodeFrame,
  FRAME_HEAD_BYTES,
  FrameType,
  maxFrameLength,
  readBlockHead,
  type BlockRange,
  type PeerFrame,
} from '../../net/peer-frames.js';

/**
 * Bytes read while the next head is awaited. What it holds of a block's bytes is copied to the
 * slot, so it is small beside a block of DEFAULT_BLOCK_LENGTH.
 */
const INBOX_BYTES = 512;
const DISCARD_BYTES = 64 * KiB;

/** What the owner of a receiver decides and learns. */
export interface BlockReceiverEvents {
  /** Where the bytes of this block belong in the thread's memory; undefined discards them. */
  place(head: BlockRange): number | undefined;
  /** Bytes of a block that has its place have come in; what is discarded is not told. */
  onBlockBytes(count: number): void;
  /** All bytes of the block are where `place` said. */
  onBlock(head: BlockRange): void;
  onFrame(frame: PeerFrame): void;
}

type State =
  | { readonly at: 'head' }
  | {
      readonly at: 'block';
      readonly head: BlockRange;
      readonly target: number | undefined;
      received: number;
    }
  | { readonly at: 'frame'; readonly type: number; readonly payload: Buffer; received: number };

const HEAD: State = { at: 'head' };

export class BlockReceiver {
  readonly #memory: Buffer;
  readonly #events: BlockReceiverEvents;
  readonly #inbox = Buffer.allocUnsafeSlow(INBOX_BYTES);
  #inboxEnd = 0;
  #discard: Buffer | undefined;
  #state: State = HEAD;
  #isHandshakeDone = false;

  /** `memory` is a view of the thread's whole memory. */
  constructor(memory: Buffer, events: BlockReceiverEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  /** From now on frames of full size are legal. */
  onHandshakeDone(): void {
    this.#isHandshakeDone = true;
  }

  /** Where the socket must put what it reads next. */
  nextBuffer(): Uint8Array {
    const state = this.#state;
    switch (state.at) {
      case 'head':
        return this.#inbox.subarray(this.#inboxEnd);
      case 'frame':
        return state.payload.subarray(state.received);
      case 'block': {
        const rest = state.head.length - state.received;
        if (state.target === undefined) {
          this.#discard ??= Buffer.allocUnsafeSlow(DISCARD_BYTES);
          return this.#discard.subarray(0, Math.min(rest, DISCARD_BYTES));
        }
        const from = state.target + state.received;
        return this.#memory.subarray(from, from + rest);
      }
    }
  }

  /**
   * Takes note that `count` bytes were read into the buffer last asked for.
   * @throws PeerError PROTOCOL_VIOLATION
   */
  onRead(count: number): void {
    const state = this.#state;
    switch (state.at) {
      case 'head':
        this.#inboxEnd += count;
        this.#parseInbox();
        return;
      case 'frame':
        state.received += count;
        if (state.received < state.payload.length) return;
        this.#state = HEAD;
        this.#events.onFrame(decodeFrame(state.type, state.payload));
        return;
      case 'block':
        state.received += count;
        if (state.target !== undefined) this.#events.onBlockBytes(count);
        this.#finishBlockWhenWhole(state);
    }
  }

  #parseInbox(): void {
    let at = 0;
    while (this.#state.at === 'head' && this.#inboxEnd - at >= FRAME_HEAD_BYTES) {
      const used = this.#parseFrame(at);
      if (used === 0) break;
      at += used;
    }
    this.#inbox.copyWithin(0, at, this.#inboxEnd);
    this.#inboxEnd -= at;
  }

  /** Parses one frame of the inbox; answers how many bytes it took, 0 when more are needed. */
  #parseFrame(at: number): number {
    const available = this.#inboxEnd - at;
    const length = this.#inbox.readUInt32BE(at);
    const type = this.#inbox[at + 4]!;
    if (length < 1 || length > maxFrameLength(type, this.#isHandshakeDone)) {
      throw new PeerError('PROTOCOL_VIOLATION', `the peer sent a frame of ${length} bytes`);
    }
    if (type === FrameType.block) {
      return available < BLOCK_HEAD_BYTES ? 0 : this.#startBlock(at);
    }
    const wholeBytes = 4 + length;
    if (available >= wholeBytes) {
      this.#events.onFrame(
        decodeFrame(type, this.#inbox.subarray(at + FRAME_HEAD_BYTES, at + wholeBytes)),
      );
      return wholeBytes;
    }
    if (wholeBytes <= INBOX_BYTES) return 0;
    const payload = Buffer.allocUnsafe(length - 1);
    const received = this.#inbox.copy(payload, 0, at + FRAME_HEAD_BYTES, this.#inboxEnd);
    this.#state = { at: 'frame', type, payload, received };
    return available;
  }

  #startBlock(at: number): number {
    const head = readBlockHead(this.#inbox.subarray(at, at + BLOCK_HEAD_BYTES));
    const target = this.#events.place(head);
    const from = at + BLOCK_HEAD_BYTES;
    const received = Math.min(this.#inboxEnd - from, head.length);
    if (target !== undefined) {
      this.#inbox.copy(this.#memory, target, from, from + received);
      this.#events.onBlockBytes(received);
    }
    const state: State = { at: 'block', head, target, received };
    this.#state = state;
    this.#finishBlockWhenWhole(state);
    return BLOCK_HEAD_BYTES + received;
  }

  #finishBlockWhenWhole(state: Extract<State, { at: 'block' }>): void {
    if (state.received < state.head.length) return;
    this.#state = HEAD;
    this.#events.onBlock(state.head);
  }
}
