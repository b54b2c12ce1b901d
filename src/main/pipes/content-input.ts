/**
 * Takes standard input into a file of the home's spool, as long as it is: what is shared has to lie somewhere. Owns
 * the file until it is whole, and has another name for it; when the input fails or somebody ends the command nothing
 * is left of it. What comes is gathered while what came before is written, and goes to the disk beside that.
 */
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deferred, leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { detach } from '../../net/detach.js';
import { P2pError, toStorageError } from '../../net/errors.js';
import { INPUT_BATCH_BYTES, INPUT_SYNC_BYTES } from '../../net/limits.js';
import { syncFolder } from '../../net/sync-folder.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { InputPlace } from '../home/spool.js';
import type { InputStream } from '../terminal/environment.js';

/** Whoever follows what is written. */
export interface InputFollower {
  /** So many bytes are in the file. */
  onWritten(bytes: number): void;
  /** Resolves when nobody looks at the file under its first name any more. Nobody who has given up waits for it. */
  settled(): Promise<void>;
}

/** Writes all of the input to a new file; rejects with the signal's reason. @throws StorageError */
export async function takeInput(
  input: InputStream,
  { taking, path }: InputPlace,
  signal: AbortSignal,
  follower: InputFollower,
): Promise<void> {
  signal.throwIfAborted();
  const handle = await open(taking, 'wx', 0o600).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot make ${taking}`, 'create');
  });
  const stop = (): void => void input.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const following = {
      onWritten: (bytes: number) => follower.onWritten(bytes),
      settled: () => untilAborted(signal, follower.settled()),
    };
    await copyInto(new InputFile(handle, taking, following), input);
    signal.throwIfAborted();
    await placeWhole(taking, path);
  } catch (error) {
    // Nobody has heard of either name.
    for (const name of [taking, path]) await unlink(name).catch(() => undefined);
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await handle.close();
  }
}

/** From here on nobody finds it unfinished. */
async function placeWhole(taking: string, path: string): Promise<void> {
  try {
    await rename(taking, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw toStorageError(cause, `cannot give what came in its name ${path}`);
  }
}

async function copyInto(file: InputFile, input: InputStream): Promise<void> {
  try {
    const giveUp = (error: Error): void => void input.destroy(error);
    for await (const chunk of chunksOf(input)) await file.take(chunk, giveUp);
    await file.finish();
  } finally {
    // Nobody closes the file beneath it, nor takes its name away.
    await file.settled();
  }
}

async function* chunksOf(input: InputStream): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of input) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof P2pError) throw cause;
    throw toStorageError(cause, 'cannot read standard input', 'read');
  }
}

/** The file while it grows: one write at a time, with all that came meanwhile in the next, and one sync beside them. */
class InputFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #follower: InputFollower;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  /** Set while anything waits to be written. */
  #writing: Promise<void> | undefined;
  /** Resolves when what waits is taken to be written; rejects when that cannot be. */
  #taken = deferred<void>();
  #syncing: Promise<void> | undefined;
  #writtenBytes = 0;
  #handedOverBytes = 0;

  constructor(handle: FileHandle, path: string, follower: InputFollower) {
    this.#handle = handle;
    this.#path = path;
    this.#follower = follower;
  }

  /** Resolves when there is room for more; `onFailed` hears at once of what cannot be written. @throws StorageError */
  async take(chunk: Buffer, onFailed: (error: Error) => void): Promise<void> {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (!this.#writing) {
      this.#writing = this.#writeOrFail();
      detach(() => this.#writing!, onFailed as (error: unknown) => void);
    }
    if (this.#batchBytes < INPUT_BATCH_BYTES) return;
    // Not for `#writing` as well: it may last as long as the input, and would remember each wait.
    await this.#taken.promise;
  }

  /** Resolves when all of it is on the disk. @throws StorageError */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#syncing;
    await Promise.all([this.#sync(), this.#follower.settled()]);
  }

  /** Resolves when nothing is done to it any more; never rejects. */
  async settled(): Promise<void> {
    await whenSettled(this.#writing);
    await whenSettled(this.#syncing);
    await whenSettled(this.#follower.settled());
  }

  /** Whoever waits for room hears of a failure too. */
  async #writeOrFail(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      leaveToWaiters(this.#taken.promise);
      this.#taken.reject(error as Error);
      throw error;
    }
  }

  async #write(): Promise<void> {
    while (this.#batchBytes > 0) {
      const [batch, bytes] = [this.#batch, this.#batchBytes];
      this.#batch = [];
      this.#batchBytes = 0;
      this.#taken.resolve();
      this.#taken = deferred<void>();
      await this.#writeAll(batch, bytes);
      this.#writtenBytes += bytes;
      this.#follower.onWritten(this.#writtenBytes);
      await this.#syncBehind();
    }
    this.#writing = undefined;
  }

  async #writeAll(batch: readonly Buffer[], bytes: number): Promise<void> {
    let left = batch;
    for (let done = 0; done < bytes;) {
      const { bytesWritten } = await this.#handle.writev(left).catch(this.#cannotWrite);
      done += bytesWritten;
      if (done < bytes) left = [Buffer.concat(batch).subarray(done)];
    }
  }

  /** What is written goes to the disk while more comes; never more than two steps are not there yet. */
  async #syncBehind(): Promise<void> {
    if (this.#writtenBytes - this.#handedOverBytes < INPUT_SYNC_BYTES) return;
    await this.#syncing;
    this.#handedOverBytes = this.#writtenBytes;
    this.#syncing = this.#sync();
    leaveToWaiters(this.#syncing);
  }

  async #sync(): Promise<void> {
    await this.#handle.datasync().catch(this.#cannotWrite);
  }

  readonly #cannotWrite = (cause: unknown): never => {
    throw toStorageError(cause, `cannot write what comes in to ${this.#path}`);
  };
}
