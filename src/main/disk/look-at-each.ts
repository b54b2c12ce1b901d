/**
 * Looks at many paths, some at a time, no link being followed. By callbacks, because a promise for each
 * costs the main thread three times as much, and a folder may have a hundred thousand.
 */
import { lstat, type BigIntStats } from 'node:fs';
import { toStorageError } from '../../net/errors.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../net/limits.js';

/**
 * Shows what has each path, by the key that came with it; undefined for nothing. What `onLook` throws
 * ends it, after the looks under way.
 * @throws StorageError when the disk does not let us look
 */
export function lookAtEach<Key>(
  paths: Iterable<readonly [Key, string]>,
  onLook: (key: Key, stats: BigIntStats | undefined) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const queue = paths[Symbol.iterator]();
    let running = 0;
    let failure: Error | undefined;
    const next = (): void => {
      const item = failure ? undefined : queue.next();
      if (item && !item.done) {
        running++;
        const [key, path] = item.value;
        lstat(path, { bigint: true }, (error, stats) => {
          running--;
          try {
            onLook(key, error ? absentOrThrow(error, path) : stats);
          } catch (thrown) {
            failure ??= thrown as Error;
          }
          next();
        });
      } else if (running === 0) {
        if (failure) reject(failure);
        else resolve();
      }
    };
    for (let count = 0; count < FOLDER_LOOKS_AT_A_TIME; count++) next();
  });
}

/** @throws StorageError unless nothing has that path */
function absentOrThrow(error: NodeJS.ErrnoException, path: string): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw toStorageError(error, `cannot look at ${path}`, 'read');
}
