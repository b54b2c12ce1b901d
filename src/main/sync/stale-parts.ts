/**
 * What earlier lives of a sync, or fetches that were overtaken, have left of an item that nobody fetches any more: ends
 * those downloads, and their part files go. Owns no state.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { P2pError, toStorageError } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';

export interface StalePartsOptions {
  readonly engine: Pick<EngineApi, 'cancelDownloads'>;
  readonly library: Pick<Library, 'unfinishedDownloads'>;
  readonly account: Account;
  readonly groupId: string;
  readonly folder: string;
}

export class StaleParts {
  readonly #options: StalePartsOptions;

  constructor(options: StalePartsOptions) {
    this.#options = options;
  }

  /** Of an item that is here now, or which the group has no more. @throws P2pError */
  async remove(name: string): Promise<void> {
    const { engine, library, account, groupId, folder } = this.#options;
    const left = library.unfinishedDownloads(account, groupId, name, join(folder, name));
    for (const row of left) {
      if (!(await isWorthAnEnd(row))) continue;
      try {
        await engine.cancelDownloads({ id: row.id, keepsPart: false });
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof P2pError) || error.code !== 'NO_SUCH_DOWNLOAD') throw error;
      }
    }
  }
}

/** It may go on by itself, or something of it is there. */
async function isWorthAnEnd({ state, partPath }: LibraryDownload): Promise<boolean> {
  if (state === 'running') return true;
  try {
    await lstat(partPath);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw toStorageError(cause, `cannot look at ${partPath}`, 'read');
  }
}
