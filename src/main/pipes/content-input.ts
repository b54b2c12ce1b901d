/**
 * Takes standard input into a file of the home's spool, as long as it is: what is shared has to lie somewhere. Owns
 * the file until it is whole, and has another name for it; when the input fails or somebody ends the command nothing
 * is left of it. What is written goes to the disk beside what comes.
 */
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { toStorageError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { INPUT_SYNC_BYTES } from '../../net/limits.js';
import { syncFolder } from '../../net/sync-folder.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { InputPlace } from '../home/spool.js';
import type { InputStream } from '../terminal/environment.js';
import { InputBuffers } from './input-buffers.js';
import { sourceOf, type InputSource } from './input-source.js';
import { pipedInputOf, type FileOfInput, type PipedInput } from './piped-input.js';

/** Whoever follows what is written. */
export interface InputFollower {
  /** So many bytes are in the file. */
  onWritten(bytes: number): void;
  /** All is written: resolves when nobody has anything to do with the file under its first name any more. */
  finish(): Promise<void>;
  /** Resolves when nobody looks at the file under its first name any more. Nobody who has given up waits for either. */
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
  const source = pipedInputOf(input) ?? sourceOf(input);
  const stop = (): void => source.giveUp(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  // It may have been while the file was made.
  if (signal.aborted) stop();
  try {
    const following = {
      onWritten: (bytes: number) => follower.onWritten(bytes),
      finish: () => untilAborted(signal, follower.finish()),
      settled: () => untilAborted(signal, follower.settled()),
    };
    await bringInto(new InputFile(handle, taking, following), source);
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

async function bringInto(file: InputFile, source: PipedInput | InputSource): Promise<void> {
  try {
    if ('takeInto' in source) await source.takeInto(file);
    else await bringByBuffers(file, source);
    await file.finish();
  } finally {
    // Nobody closes the file beneath it, nor takes its name away.
    await file.settled();
  }
}

async function bringByBuffers(file: InputFile, source: InputSource): Promise<void> {
  const buffers = new InputBuffers({
    write: (bytes) => file.write(bytes),
    onFailed: (error) => source.giveUp(error),
    later: laterByTimer,
  });
  try {
    await source.bringInto(buffers);
    await buffers.finish();
  } finally {
    await buffers.close();
  }
}

/** The file while it grows: one write at a time, here or by a thread, and one sync beside it. */
class InputFile implements FileOfInput {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #follower: InputFollower;
  #syncing: Promise<void> | undefined;
  #writtenBytes = 0;
  #handedOverBytes = 0;

  constructor(handle: FileHandle, path: string, follower: InputFollower) {
    this.#handle = handle;
    this.path = path;
    this.#follower = follower;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  /** Resolves when all of it is in the file, and more may come. @throws StorageError */
  async write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#handle
        .write(bytes, done, bytes.length - done)
        .catch(this.#cannotWrite);
      done += bytesWritten;
    }
    await this.onWritten(this.#writtenBytes + bytes.length);
  }

  /** So many bytes are in it; resolves when more may come. @throws StorageError */
  async onWritten(bytes: number): Promise<void> {
    this.#writtenBytes = bytes;
    this.#follower.onWritten(bytes);
    await this.#syncBehind();
  }

  /** Resolves when all of it is on the disk. @throws StorageError */
  async finish(): Promise<void> {
    await Promise.all([this.#syncRest(), this.#follower.finish()]);
  }

  /** Resolves when nothing is done to it any more; never rejects. */
  async settled(): Promise<void> {
    await whenSettled(this.#syncing);
    await whenSettled(this.#follower.settled());
  }

  /** What is written goes to the disk while more comes; no third step begins before the first is there. */
  async #syncBehind(): Promise<void> {
    if (this.#writtenBytes - this.#handedOverBytes < INPUT_SYNC_BYTES) return;
    await this.#syncing;
    this.#handedOverBytes = this.#writtenBytes;
    this.#syncing = this.#sync();
    leaveToWaiters(this.#syncing);
  }

  async #syncRest(): Promise<void> {
    await this.#syncing;
    await this.#sync();
  }

  async #sync(): Promise<void> {
    await this.#handle.datasync().catch(this.#cannotWrite);
  }

  readonly #cannotWrite = (cause: unknown): never => {
    throw toStorageError(cause, `cannot write what comes in to ${this.path}`);
  };
}
