/**
 * Cuts a byte stream into peer frames where the other side sends small frames only: the
 * serving side reads with it (the downloading side reads blocks straight into their slots).
 * Owns at most one incomplete frame; a frame's length is checked before any of it is kept.
 * Any split of the stream gives the same frames.
 */
import { bug, PeerError } from './errors.js';
import {
  decodeFrame,
  FRAME_HEAD_BYTES,
  FrameType,
  maxFrameLength,
  type PeerFrame,
} from './peer-frames.js';

export class FrameReader {
  readonly #onFrame: (frame: PeerFrame) => void;
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  /** Bytes of the head that have arrived. */
  #headLength = 0;
  /** The payload of a frame whose head is complete; allocated only when a chunk ends inside it. */
  #payload: Buffer | undefined;
  /** Bytes of `#payload` that have arrived. */
  #payloadLength = 0;
  #isHandshakeDone = false;
  #state: 'idle' | 'reading' | 'stopped' = 'idle';

  /** `onFrame` hears every frame in order, within `push`; it may call `stop`. */
  constructor(onFrame: (frame: PeerFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** From the next frame on, the larger limits hold. */
  onHandshakeDone(): void {
    this.#isHandshakeDone = true;
  }

  /** Drops what is kept; no further frame is reported, further bytes are ignored. */
  stop(): void {
    this.#state = 'stopped';
    this.#payload = undefined;
  }

  /**
   * Takes the next bytes of the stream and reports the frames they complete. The chunk is not
   * kept. When this throws, or `onFrame` does, the reader has stopped.
   * @throws PeerError PROTOCOL_VIOLATION
   */
  push(chunk: Buffer): void {
    if (this.#state === 'stopped') return;
    if (this.#state === 'reading') bug('a frame reader was fed from its own callback');
    this.#state = 'reading';
    try {
      let at = 0;
      while (at < chunk.length && this.#isReading()) at = this.#step(chunk, at);
    } catch (error) {
      this.stop();
      throw error;
    }
    if (this.#isReading()) this.#state = 'idle';
  }

  #isReading(): boolean {
    return this.#state === 'reading';
  }

  /** Takes bytes from `at` on: of the head first, then of the payload; returns where it ended. */
  #step(chunk: Buffer, at: number): number {
    if (this.#headLength < FRAME_HEAD_BYTES) {
      const taken = chunk.copy(this.#head, this.#headLength, at);
      this.#headLength += taken;
      if (this.#headLength === FRAME_HEAD_BYTES && this.#announcedLength() === 0) {
        this.#complete(Buffer.alloc(0));
      }
      return at + taken;
    }
    return this.#payload === undefined
      ? this.#startPayload(chunk, at)
      : this.#fillPayload(this.#payload, chunk, at);
  }

  /** Payload bytes of the frame whose head is complete, after all checks. */
  #announcedLength(): number {
    const length = this.#head.readUInt32BE(0);
    const type = this.#head.readUInt8(4);
    if (type === FrameType.block) violation('a block from a downloader');
    if (length < 1 || length > maxFrameLength(type, this.#isHandshakeDone)) {
      violation(`a frame of type 0x${type.toString(16)} with ${length} bytes`);
    }
    return length - 1;
  }

  #startPayload(chunk: Buffer, at: number): number {
    const length = this.#head.readUInt32BE(0) - 1;
    if (chunk.length - at >= length) {
      this.#complete(chunk.subarray(at, at + length));
      return at + length;
    }
    this.#payload = Buffer.allocUnsafeSlow(length);
    this.#payloadLength = chunk.copy(this.#payload, 0, at);
    return chunk.length;
  }

  #fillPayload(payload: Buffer, chunk: Buffer, at: number): number {
    const taken = chunk.copy(payload, this.#payloadLength, at);
    this.#payloadLength += taken;
    if (this.#payloadLength === payload.length) this.#complete(payload);
    return at + taken;
  }

  #complete(payload: Buffer): void {
    this.#headLength = 0;
    this.#payload = undefined;
    this.#onFrame(decodeFrame(this.#head.readUInt8(4), payload));
  }
}

function violation(what: string): never {
  throw new PeerError('PROTOCOL_VIOLATION', `the peer broke the protocol: ${what}`);
}
