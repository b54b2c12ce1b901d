/**
 * Two buffers between an input and the file into which it goes: one is filled while the other is written, so that
 * memory is bounded and each write is large. What has come and fills no buffer is written too, a moment later: an
 * input may be slow, and somebody looks how far it is. Owns both buffers and the one write that runs; pure but for
 * that write and the timer, which are handed in.
 */
import { deferred, leaveToWaiters, type Deferred } from '../../net/deferred.js';
import { INPUT_BATCH_BYTES, INPUT_GATHER_MS } from '../../net/limits.js';
import type { Later } from '../../net/later.js';

export interface InputBuffersOptions {
  /** Writes what comes next; one at a time. */
  readonly write: (bytes: Buffer) => Promise<void>;
  /** A write has failed: whoever brings bytes is to bring no more. */
  readonly onFailed: (error: Error) => void;
  readonly later: Later;
}

/** Where whoever brings bytes puts them. */
export interface InputRoom {
  /**
   * Where the next bytes belong. Without room it is where they will belong: a socket wants to know it before it
   * rests, and may not write there until there is room.
   */
  readonly free: Buffer;
  /** So many bytes were put there; answers whether there is room for more. */
  onFilled(bytes: number): boolean;
  /** Resolves when there is room. @throws StorageError what could not be written */
  whenRoom(): Promise<void>;
}

export class InputBuffers implements InputRoom {
  readonly #options: InputBuffersOptions;
  #filling = Buffer.allocUnsafeSlow(INPUT_BATCH_BYTES);
  #filledBytes = 0;
  /** Of those, handed to a write: the rest may still be filled meanwhile. */
  #begunBytes = 0;
  #other = Buffer.allocUnsafeSlow(INPUT_BATCH_BYTES);
  /** What of the other buffer is to be written next; nothing may be put there before that is done. */
  #waiting: Buffer | undefined;
  #isOtherBusy = false;
  #writing: Promise<void> | undefined;
  #room: Deferred<void> | undefined;
  #failure: Error | undefined;
  /** Nothing more is written, whatever has come. */
  #isOver = false;
  #takeBack: (() => void) | undefined;

  constructor(options: InputBuffersOptions) {
    this.#options = options;
  }

  get free(): Buffer {
    return this.#hasRoom ? this.#filling.subarray(this.#filledBytes) : this.#other;
  }

  onFilled(bytes: number): boolean {
    this.#filledBytes += bytes;
    this.#turnOver();
    this.#goOn();
    return this.#hasRoom && !this.#failure;
  }

  async whenRoom(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#hasRoom) return;
    this.#room ??= deferred<void>();
    await this.#room.promise;
  }

  /** Nothing more comes: resolves when all is written. @throws StorageError */
  async finish(): Promise<void> {
    while (this.#writing ?? this.#hasUnwritten) {
      if (!this.#writing) this.#writeNext();
      await this.#writing;
    }
    this.#rest();
    if (this.#failure) throw this.#failure;
  }

  /** Nothing more is written but what is being written; resolves when that has ended, however. */
  async close(): Promise<void> {
    this.#forget();
    await this.#writing;
  }

  get #hasRoom(): boolean {
    return this.#filledBytes < this.#filling.length;
  }

  get #hasUnwritten(): boolean {
    if (this.#isOver) return false;
    return this.#waiting !== undefined || this.#begunBytes < this.#filledBytes;
  }

  /** A full buffer waits to be written, as soon as the other one can be filled. */
  #turnOver(): void {
    if (this.#isOver || this.#hasRoom || this.#isOtherBusy) return;
    this.#waiting = this.#filling.subarray(this.#begunBytes);
    this.#isOtherBusy = true;
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filledBytes = 0;
    this.#begunBytes = 0;
  }

  #goOn(): void {
    if (this.#isOver || this.#writing) return;
    if (this.#waiting) this.#writeNext();
    else if (this.#hasUnwritten)
      this.#takeBack ??= this.#options.later(INPUT_GATHER_MS, () => this.#onGathered());
  }

  #onGathered(): void {
    this.#takeBack = undefined;
    if (!this.#writing && this.#hasUnwritten) this.#writeNext();
  }

  #writeNext(): void {
    this.#rest();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) {
      this.#writing = this.#writeOrFail(waiting, () => (this.#isOtherBusy = false));
      return;
    }
    const bytes = this.#filling.subarray(this.#begunBytes, this.#filledBytes);
    this.#begunBytes = this.#filledBytes;
    this.#writing = this.#writeOrFail(bytes, () => undefined);
  }

  /** Never rejects: who waits for room, and who finishes, hears of it. */
  async #writeOrFail(bytes: Buffer, onDone: () => void): Promise<void> {
    try {
      await this.#options.write(bytes);
    } catch (error) {
      this.#failure = error as Error;
    }
    this.#writing = undefined;
    if (this.#failure) this.#onFailed(this.#failure);
    else this.#onWritten(onDone);
  }

  #onWritten(onDone: () => void): void {
    onDone();
    this.#turnOver();
    this.#goOn();
    if (!this.#hasRoom) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #onFailed(failure: Error): void {
    this.#forget();
    leaveToWaiters(this.#room?.promise);
    this.#room?.reject(failure);
    this.#room = undefined;
    this.#options.onFailed(failure);
  }

  #forget(): void {
    this.#isOver = true;
    this.#waiting = undefined;
    this.#rest();
  }

  #rest(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
  }
}
