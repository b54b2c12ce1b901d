/**
 * Takes a pipe into a file by a thread of its own (input-thread.ts). Owns the thread, and a second description of the
 * pipe for it, whose reads wait: that of standard input does not, once Node has made a stream of it. A thread that waits in a
 * read keeps its process from ending, so it is woken by a byte in its own pipe. That goes on Linux alone, and for a pipe
 * without a name: opening one that has a name may wait for somebody.
 *
 *   made → taking → ended | failed | given up
 */
import { closeSync, constants, openSync, readlinkSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { deferred } from '../../net/deferred.js';
import { fromWireError, toStorageError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import {
  INPUT_AHEAD_BYTES,
  INPUT_TOLD_MS,
  MiB,
  THREAD_YOUNG_HEAP_BYTES,
} from '../../net/limits.js';
import type { InputStream } from '../terminal/environment.js';
import { InputCounters, type InputThreadData, type InputThreadMessage } from './input-counters.js';

/** The file into which a pipe goes. */
export interface FileOfInput {
  readonly fd: number;
  readonly path: string;
  /** So many bytes are in it; resolves when more may come. @throws StorageError */
  onWritten(bytes: number): Promise<void>;
}

/** The pipe that nobody has read from yet, or nothing when it can only be read as the stream that it is. */
export function pipedInputOf(stream: InputStream): PipedInput | undefined {
  const fd = stream instanceof Socket && 'fd' in stream ? stream.fd : undefined;
  if (typeof fd !== 'number' || stream.readableDidRead || stream.readableFlowing !== null)
    return undefined;
  const link = `/proc/self/fd/${fd}`;
  try {
    if (stream.destroyed || !readlinkSync(link).startsWith('pipe:[')) return undefined;
    return new PipedInput(link, openSync(link, 'r'));
  } catch {
    // No such folder, or the pipe is another user's: it is read as before.
    return undefined;
  }
}

export class PipedInput {
  readonly #link: string;
  readonly #pipe: number;
  readonly #counters = new InputCounters();
  #failure: Error | undefined;
  #isTaking = false;

  constructor(link: string, pipe: number) {
    this.#link = link;
    this.#pipe = pipe;
  }

  /** Takes all there is, once; resolves when it is in the file and the thread has ended. @throws StorageError, or what it was given up for */
  async takeInto(file: FileOfInput): Promise<void> {
    const onExit = (): void => this.#end();
    process.once('exit', onExit);
    try {
      if (!this.#failure) await this.#run(file);
    } finally {
      process.off('exit', onExit);
      closeSync(this.#pipe);
    }
    if (this.#failure) throw this.#failure;
  }

  /** Nothing more is taken. Idempotent. */
  giveUp(error: Error): void {
    this.#failure ??= error;
    this.#end();
  }

  async #run(file: FileOfInput): Promise<void> {
    const { fd, path } = file;
    const counters = this.#counters.memory;
    const workerData: InputThreadData = { pipe: this.#pipe, file: fd, filePath: path, counters };
    this.#counters.raiseLimit(INPUT_AHEAD_BYTES);
    const resourceLimits = { maxYoungGenerationSizeMb: THREAD_YOUNG_HEAP_BYTES / MiB };
    const entry = new URL('./input-thread.js', import.meta.url);
    const thread = new Worker(entry, { workerData, resourceLimits });
    this.#isTaking = true;
    const hearing = new Hearing(this.#counters, file, (error) => this.giveUp(error));
    const ended = deferred<void>();
    thread.on('message', (message: InputThreadMessage) => {
      if (message === 'written') hearing.onNews();
      else if (message !== 'ended') this.#failure ??= fromWireError(message);
    });
    // A thread that could not be started, or broke.
    thread.on('error', (cause) => {
      this.#failure ??= toStorageError(cause, 'cannot read standard input', 'read');
    });
    thread.once('exit', () => ended.resolve());
    await ended.promise;
    this.#isTaking = false;
    await hearing.finish();
  }

  #end(): void {
    this.#counters.end();
    if (this.#isTaking) wakeReader(this.#link);
  }
}

/** Hears of what is written, no more often than anybody needs to know, and lets more come. */
class Hearing {
  readonly #counters: InputCounters;
  readonly #file: FileOfInput;
  readonly #onFailed: (error: Error) => void;
  #heardBytes = 0;
  #hearing: Promise<void> | undefined;
  #takeBack: (() => void) | undefined;
  #isOver = false;

  constructor(counters: InputCounters, file: FileOfInput, onFailed: (error: Error) => void) {
    this.#counters = counters;
    this.#file = file;
    this.#onFailed = onFailed;
  }

  onNews(): void {
    this.#hearing ??= this.#hear();
  }

  /** The thread has ended: hears the rest. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#takeBack?.();
    await this.#hearing;
    if (this.#counters.written > this.#heardBytes) await this.#hear();
  }

  /** Never rejects: whoever takes the input hears of a failure. */
  async #hear(): Promise<void> {
    const bytes = this.#counters.written;
    this.#heardBytes = bytes;
    try {
      await this.#file.onWritten(bytes);
    } catch (error) {
      this.#isOver = true;
      this.#onFailed(error as Error);
    }
    this.#hearing = undefined;
    if (this.#isOver) return;
    this.#counters.raiseLimit(bytes + INPUT_AHEAD_BYTES);
    this.#takeBack = laterByTimer(INPUT_TOLD_MS, () => {
      if (this.#counters.listenAgain(this.#heardBytes)) this.onNews();
    });
  }
}

/** One that waits finds a byte, which it leaves; one that does not wait looks before its next read. */
function wakeReader(link: string): void {
  try {
    const fd = openSync(link, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, '\0');
    } finally {
      closeSync(fd);
    }
  } catch {
    // It is full: nobody waits for more.
  }
}
