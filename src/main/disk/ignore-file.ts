/** Reads a file of patterns, as long and as many of them as p2p takes. Owns no state. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_IGNORE_FILE_BYTES, MAX_IGNORE_PATTERNS } from '../../net/limits.js';
import { PathPatterns } from './path-patterns.js';

/** What of a folder is not shared, by the rules of `.gitignore`. */
export const IGNORE_FILE = '.p2pignore';

export interface IgnoreFile {
  readonly patterns: PathPatterns;
  /** Lines. */
  readonly count: number;
}

/**
 * Reads one.
 * @param room how many patterns it may have, at most MAX_IGNORE_PATTERNS
 * @throws StorageError FILE_TOO_LARGE when it is longer, or has more
 */
export async function readIgnoreFile(
  path: string,
  room = MAX_IGNORE_PATTERNS,
): Promise<IgnoreFile> {
  const bytes = Buffer.alloc(MAX_IGNORE_FILE_BYTES + 1);
  const length = await readStart(path, bytes);
  if (length > MAX_IGNORE_FILE_BYTES) {
    throw new StorageError(
      'FILE_TOO_LARGE',
      `${path} is longer than ${MAX_IGNORE_FILE_BYTES} bytes; make it shorter`,
    );
  }
  const lines = bytes.toString('utf8', 0, length).split(/\r?\n/);
  const patterns = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (patterns.length > room) {
    throw new StorageError(
      'FILE_TOO_LARGE',
      `${path} has too many patterns: at most ${MAX_IGNORE_PATTERNS} are taken of a folder; make them fewer`,
    );
  }
  return { patterns: new PathPatterns(patterns), count: patterns.length };
}

/** How many bytes there are, as far as there is room for them. */
async function readStart(path: string, bytes: Buffer): Promise<number> {
  try {
    // What is no file must not make anybody wait.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        length += bytesRead;
        if (bytesRead === 0 || length === bytes.length) return length;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw toStorageError(cause, `cannot read ${path}`, 'read');
  }
}
