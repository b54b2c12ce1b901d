/**
 * Writes a file to standard output from its beginning, while it grows. Owns the place up to which it has written
 * and two buffers: one is read while the other is on its way, so that a reader who is slow costs no memory.
 * The bytes pass the main thread, because standard output is its own; it waits for none of them (output-sink.ts).
 *
 *   made → following (the first byte may be read) → done | failed | closed
 */
import { open, type FileHandle } from 'node:fs/promises';
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { OUTPUT_BUFFER_BYTES } from '../../net/limits.js';
import { readSome } from '../disk/span.js';
import type { OutputStream } from '../terminal/environment.js';
import { sinkOf, type OutputSink } from './output-sink.js';

/** The file in which the content is, and how many bytes from its beginning may be read. */
export interface ReadableContent {
  readonly path: string;
  readonly bytes: number;
}

export class ContentOutput {
  readonly #sink: OutputSink;
  readonly #failing = new AbortController();
  #readable: ReadableContent | undefined;
  #isWhole = false;
  /** The content is under the path that was told, or nowhere. */
  #isPlaced = false;
  #isClosed = false;
  #isDone = false;
  #position = 0;
  #more = deferred<void>();
  #following: Promise<void> | undefined;

  constructor(stream: OutputStream) {
    this.#sink = sinkOf(stream);
  }

  /** Aborted once nothing more can be written; its reason is the error to end with. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /** So much may be read now. */
  onReadable(readable: ReadableContent): void {
    this.#readable = readable;
    this.#following ??= this.#follow();
    leaveToWaiters(this.#following);
    this.#more.resolve();
  }

  /** All of it may be read, and may yet get another path; resolves when all of it is written. @throws StorageError, CancelledError */
  async deliver(readable: ReadableContent): Promise<void> {
    this.#isWhole = true;
    this.onReadable(readable);
    await this.#following;
  }

  /** All of it may be read there; resolves when all of it is written. @throws StorageError, CancelledError */
  async finish(readable: ReadableContent): Promise<void> {
    this.#isPlaced = true;
    await this.deliver(readable);
  }

  /** Nothing more is written. What is on its way to a reader who does not take it is given up. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#more.resolve();
    if (!this.#isDone) this.#sink.giveUp();
  }

  async #follow(): Promise<void> {
    let handle: FileHandle | undefined;
    let written = Promise.resolve();
    let [buffer, other] = [0, 0].map(() => Buffer.allocUnsafe(OUTPUT_BUFFER_BYTES));
    try {
      while (!this.#isClosed) {
        const { path, bytes } = this.#readable!;
        if (this.#position === bytes && this.#isWhole) break;
        // It has another name once it is whole, and is the same file.
        if (this.#position < bytes) handle ??= await openIfThere(path);
        // One that begins anew, after another engine had it, reaches that place later.
        if (this.#position >= bytes || handle === undefined) {
          // It may have got its name meanwhile.
          if (this.#readable!.path !== path || this.#readable!.bytes !== bytes) continue;
          if (this.#isPlaced) throw handle === undefined ? gone(path) : shorter();
          await this.#more.promise;
          this.#more = deferred<void>();
          continue;
        }
        const span = { first: this.#position, end: bytes };
        const chunk = buffer!.subarray(0, await readSome(handle, buffer!, span));
        [buffer, other] = [other, buffer];
        await written;
        written = this.#sink.write(chunk);
        leaveToWaiters(written);
        this.#position += chunk.length;
      }
      await written;
      if (this.#isWhole && !this.#isClosed) await this.#sink.finish();
      this.#isDone = this.#isWhole;
    } catch (error) {
      this.#failing.abort(error);
      throw error;
    } finally {
      await handle?.close();
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  }
}

function shorter(): StorageError {
  return new StorageError('FILE_CHANGED', 'what was downloaded became shorter while it was read');
}

function gone(path: string): StorageError {
  return new StorageError('FILE_NOT_FOUND', `${path} is not there any more; run the command again`);
}
