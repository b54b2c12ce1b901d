/** `--skip-existing`: what has the place of a file is left as it is, whatever it is, and nobody reads it. */
import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toStorageError, UsageError } from '../../net/errors.js';
import { isSwitchedOn, STANDARD, type Given } from '../cli/command.js';
import type { DownloadRecord } from './download-record.js';

/** Whether it is asked for. @throws UsageError where it contradicts other words */
export function skipsExisting(given: Given, destination: string): boolean {
  if (!isSwitchedOn(given, 'skip-existing')) return false;
  if (isSwitchedOn(given, 'overwrite')) {
    throw new UsageError('--skip-existing and --overwrite contradict each other; give one of them');
  }
  if (destination === STANDARD)
    throw new UsageError('--skip-existing is about files that are there; standard output has none');
  return true;
}

/** What lies at a path where a file would go; undefined when nothing does. A folder has no size here. */
export async function skippedAt(
  path: string,
  fileName: string,
): Promise<DownloadRecord | undefined> {
  // A link that leads nowhere is there as well.
  const stats = await lookAt(path, lstat);
  if (stats === undefined) return undefined;
  return { fileName, path, size: stats.isFile() ? stats.size : 0, outcome: 'skipped' };
}

/** The same where the path is a folder to put it into, or the file's own. */
export async function skippedAtDestination(
  destination: string,
  fileName: string,
): Promise<DownloadRecord | undefined> {
  const isFolder = (await lookAt(destination, stat))?.isDirectory() === true;
  return skippedAt(isFolder ? join(destination, fileName) : destination, fileName);
}

/** Undefined where nothing is. @throws StorageError where that cannot be known */
async function lookAt(path: string, look: (path: string) => Promise<Stats>) {
  try {
    return await look(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw toStorageError(error, `cannot look at ${path}`, 'read');
  }
}
