/**
 * What the two ends of the thread that takes a pipe in (piped-input.ts, input-thread.ts) share: four counters that each
 * writes for the other to read, and the one message that ends it. Owns nothing.
 */
import type { WireError } from '../../net/errors.js';

/** The places of the counters, 64 bits each. */
const WRITTEN = 0;
const LIMIT = 1;
const TOLD = 2;
const OVER = 3;
const COUNTERS = 4;

/** What the thread is started with. */
export interface InputThreadData {
  /** A descriptor of the pipe, whose reads wait. */
  readonly pipe: number;
  /** Of the file, which is empty. */
  readonly file: number;
  /** How the file is called, for errors. */
  readonly filePath: string;
  readonly counters: SharedArrayBuffer;
}

/** What it says: that there is news in the counters, or how it ended, which is its last word. */
export type InputThreadMessage = 'written' | 'ended' | WireError;

export class InputCounters {
  readonly memory: SharedArrayBuffer;
  readonly #counters: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(COUNTERS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counters = new BigInt64Array(memory);
  }

  /** Bytes that are in the file. */
  get written(): number {
    return Number(Atomics.load(this.#counters, WRITTEN));
  }

  /** Nothing more is wanted. */
  get isOver(): boolean {
    return Atomics.load(this.#counters, OVER) !== 0n;
  }

  /** By the thread: so much more is in the file. Answers whether the other end is to be told. */
  onWritten(bytes: number): boolean {
    Atomics.add(this.#counters, WRITTEN, BigInt(bytes));
    return Atomics.exchange(this.#counters, TOLD, 1n) === 0n;
  }

  /** By the thread: blocks it until it may write more, or is to end. */
  waitForRoom(): void {
    for (;;) {
      const limit = Atomics.load(this.#counters, LIMIT);
      if (this.isOver || Atomics.load(this.#counters, WRITTEN) < limit) return;
      Atomics.wait(this.#counters, LIMIT, limit);
    }
  }

  /** To the thread: it may begin another write while fewer bytes than this are in the file. */
  raiseLimit(bytes: number): void {
    Atomics.store(this.#counters, LIMIT, BigInt(bytes));
    Atomics.notify(this.#counters, LIMIT);
  }

  /** To the thread: tell of the next bytes. Answers whether there have been more than that meanwhile. */
  listenAgain(heardBytes: number): boolean {
    Atomics.store(this.#counters, TOLD, 0n);
    return this.written > heardBytes;
  }

  /** To the thread: end, and wait for no room. */
  end(): void {
    Atomics.store(this.#counters, OVER, 1n);
    Atomics.add(this.#counters, LIMIT, 1n);
    Atomics.notify(this.#counters, LIMIT);
  }
}
