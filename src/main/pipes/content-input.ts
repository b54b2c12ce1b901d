/**
 * Takes standard input into a file of the home's spool, as long as it is: what is shared has to lie somewhere. Owns
 * the file until it is whole, and has another name for it; when the input fails or somebody ends the command nothing
 * is left of it.
 */
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { P2pError, toStorageError } from '../../net/errors.js';
import { INPUT_SYNC_BYTES } from '../../net/limits.js';
import { syncFolder } from '../../net/sync-folder.js';
import type { InputPlace } from '../home/spool.js';
import type { InputStream } from '../terminal/environment.js';

/** Writes all of the input to a new file; rejects with the signal's reason. @throws StorageError */
export async function takeInput(
  input: InputStream,
  { taking, path }: InputPlace,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  signal.throwIfAborted();
  const handle = await open(taking, 'wx', 0o600).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot make ${taking}`, 'create');
  });
  const stop = (): void => void input.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await copyInto(handle, input, taking, onBytes);
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
    throw toStorageError(cause, `cannot give what standard input brought its name ${path}`);
  }
}

async function copyInto(
  handle: FileHandle,
  input: InputStream,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let syncing: Promise<void> | undefined;
  let length = 0;
  let handedOver = 0;
  try {
    for await (const chunk of chunksOf(input)) {
      await writeAll(handle, chunk, path);
      length += chunk.length;
      onBytes(length);
      if (length - handedOver < INPUT_SYNC_BYTES) continue;
      await syncing;
      handedOver = length;
      syncing = sync(handle, path);
      leaveToWaiters(syncing);
    }
    await syncing;
    await sync(handle, path);
  } finally {
    // Nobody closes the file beneath it.
    await whenSettled(syncing);
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

async function writeAll(handle: FileHandle, chunk: Buffer, path: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length;)
      done += (await handle.write(chunk, done, chunk.length - done)).bytesWritten;
  } catch (cause) {
    throw toStorageError(cause, `cannot write what standard input brings to ${path}`);
  }
}

async function sync(handle: FileHandle, path: string): Promise<void> {
  await handle.datasync().catch((cause: unknown) => {
    throw toStorageError(cause, `cannot write what standard input brings to ${path}`);
  });
}
