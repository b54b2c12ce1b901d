/**
 * The files of the page, as the build left them: few, known before the first request, held in memory. What is
 * asked for is looked up among them and never on the disk.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toStorageError } from '../../net/errors.js';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const BUILT = fileURLToPath(new URL('../../page', import.meta.url));

/** By the path within the page's folder. @throws StorageError when the program lies somewhere without its page */
export async function loadPage(folder = BUILT): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const name of await namesIn(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const file = { type, bytes: await bytesOf(join(folder, name)) };
    files.set(name === 'index.html' ? '' : name, file);
  }
  return files;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw toStorageError(error, 'the files of the page cannot be read; install p2p anew', 'read');
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw toStorageError(error, 'the files of the page cannot be read; install p2p anew', 'read');
  }
}
