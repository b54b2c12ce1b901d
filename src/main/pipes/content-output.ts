/**
 * Writes a file to standard output from its beginning, while it grows. Owns the place up to which it has written
 * and two buffers: one is read while the other is on its way, so that a reader who is slow costs no memory.
 * The bytes pass the main thread, because the stream is its own; it waits for none of them.
 *
 *   made → following (the first byte may be read) → done | failed | closed
 */
import { open, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { CancelledError, StorageError, toStorageError } from '../../net/errors.js';
import { OUTPUT_BUFFER_BYTES } from '../../net/limits.js';
import type { OutputStream } from '../terminal/environment.js';

/** The file in which the content is, and how many bytes from its beginning may be read. */
export interface ReadableContent {
  readonly path: string;
  readonly bytes: number;
}

export class ContentOutput {
  readonly #stream: OutputStream;
  readonly #failing = new AbortController();
  #readable: ReadableContent | undefined;
  #isWhole = false;
  #isClosed = false;
  #isDone = false;
  #position = 0;
  #more = deferred<void>();
  #following: Promise<void> | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
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

  /** All of it may be read; resolves when all of it is written. @throws StorageError, CancelledError */
  async finish(readable: ReadableContent): Promise<void> {
    this.#isWhole = true;
    this.onReadable(readable);
    await this.#following;
  }

  /** Nothing more is written. What is on its way to a reader who does not take it is given up. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#more.resolve();
    if (!this.#isDone) giveUp(this.#stream);
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
        if (this.#position === bytes || handle === undefined) {
          // It may have got its name meanwhile.
          if (this.#readable!.path !== path || this.#readable!.bytes !== bytes) continue;
          if (this.#isWhole) throw gone(path);
          await this.#more.promise;
          this.#more = deferred<void>();
          continue;
        }
        const chunk = await readAt(handle, buffer!, this.#position, bytes);
        [buffer, other] = [other, buffer];
        await written;
        written = this.#write(chunk);
        leaveToWaiters(written);
        this.#position += chunk.length;
      }
      await written;
      this.#isDone = this.#isWhole;
    } catch (error) {
      this.#failing.abort(error);
      throw error;
    } finally {
      await handle?.close();
    }
  }

  #write(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(chunk, (error) => {
        if (error) reject(asFault(error));
        else resolve();
      });
    });
  }
}

/**
 * `process.stdout` cannot be destroyed, and what is on its way would keep the process until its reader takes it. So
 * this does for it what a socket does.
 */
function giveUp(stream: OutputStream): void {
  if (stream instanceof Socket) Socket.prototype._destroy.call(stream, null, () => undefined);
  else stream.destroy();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  }
}

async function readAt(
  handle: FileHandle,
  buffer: Buffer,
  position: number,
  end: number,
): Promise<Buffer> {
  const length = Math.min(buffer.length, end - position);
  const { bytesRead } = await handle.read(buffer, 0, length, position).catch((cause: unknown) => {
    throw toStorageError(cause, 'cannot read what was downloaded', 'read');
  });
  if (bytesRead > 0) return buffer.subarray(0, bytesRead);
  throw new StorageError('FILE_CHANGED', 'what was downloaded became shorter while it was read');
}

/** A stream that has failed once says of everything later that it was destroyed. */
function asFault(error: NodeJS.ErrnoException): StorageError | CancelledError {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
    return new CancelledError('the reader of standard output has gone', 'READER_GONE');
  }
  return toStorageError(error, 'cannot write to standard output');
}

function gone(path: string): StorageError {
  return new StorageError('FILE_NOT_FOUND', `${path} is not there any more; run the command again`);
}
