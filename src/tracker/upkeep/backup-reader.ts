/**
 * Reads a backup: its list first, then everything that the list names, of which nothing is handed on before all of it
 * was found to be right. Owns the open file until `close`.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { BackupFacts } from '../../net/tracker-upkeep.js';
import {
  decodeManifest,
  END_BYTES,
  manifestSpan,
  type BackedUpFile,
  type BackupManifest,
} from './backup-manifest.js';

/** Bytes read at a time. */
const READ_BYTES = 1024 * 1024;

export class BackupReader {
  readonly manifest: BackupManifest;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #size: number;

  private constructor(path: string, file: FileHandle, size: number, manifest: BackupManifest) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.manifest = manifest;
  }

  /** Opens a backup and reads its list. @throws StorageError VERIFICATION_FAILED, and what the disk says */
  static async open(path: string): Promise<BackupReader> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw toStorageError(error, `opening the backup ${path}`, 'read');
    });
    try {
      const stats = await file.stat();
      const manifest = stats.isFile() ? await readManifest(file, stats.size) : undefined;
      if (manifest === undefined) throw noBackup(path);
      return new BackupReader(path, file, stats.size, manifest);
    } catch (error) {
      await file.close();
      throw named(error, path);
    }
  }

  get facts(): BackupFacts {
    const { madeAtMs, version, schema, identity } = this.manifest;
    return { bytes: this.#size, madeAtMs, version, schema, identity };
  }

  /** Reads it through. @throws StorageError VERIFICATION_FAILED names what is damaged */
  async verify(): Promise<void> {
    for (const { name } of this.manifest.files) await this.extract(name, () => undefined);
  }

  /** Hands a file on, piece by piece. @throws StorageError VERIFICATION_FAILED once it turns out to be damaged */
  async extract(name: string, take: (bytes: Buffer) => Promise<void> | undefined): Promise<void> {
    const { file, start } = this.#place(name);
    const hash = createHash('sha256');
    try {
      for await (const bytes of pieces(this.#file, start, file.size)) {
        hash.update(bytes);
        await take(bytes);
      }
    } catch (error) {
      throw named(error, this.#path);
    }
    if (hash.digest('hex') !== file.sha256) throw notWhole(this.#path, name);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #place(name: string): { readonly file: BackedUpFile; readonly start: number } {
    let start = 0;
    for (const file of this.manifest.files) {
      if (file.name === name) return { file, start };
      start += file.size;
    }
    throw notWhole(this.#path, name);
  }
}

async function readManifest(file: FileHandle, size: number): Promise<BackupManifest | undefined> {
  if (size < END_BYTES) return undefined;
  const span = manifestSpan(size, await readAt(file, size - END_BYTES, END_BYTES));
  if (span === undefined) return undefined;
  return decodeManifest(await readAt(file, span.start, span.length), span.hash, span.start);
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const bytes of pieces(file, start, length)) parts.push(bytes);
  return Buffer.concat(parts);
}

/** Ends early where the file does. */
async function* pieces(
  file: FileHandle,
  start: number,
  length: number,
): AsyncGenerator<Buffer, void> {
  for (let done = 0; done < length;) {
    const wanted = Math.min(READ_BYTES, length - done);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, start + done);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

function named(error: unknown, path: string): Error {
  return error instanceof StorageError
    ? error
    : toStorageError(error, `reading the backup ${path}`, 'read');
}

function noBackup(path: string): StorageError {
  return new StorageError(
    'VERIFICATION_FAILED',
    `${path} is no whole backup of a tracker: its list of contents is missing or damaged; take another one`,
  );
}

function notWhole(path: string, name: string): StorageError {
  return new StorageError(
    'VERIFICATION_FAILED',
    `the backup ${path} is damaged: ${name} in it is not what was backed up; take another one`,
  );
}
