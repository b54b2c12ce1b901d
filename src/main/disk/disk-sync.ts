/**
 * What it takes until bytes and names are on the disk. Owns the syncs that run: a bounded number
 * at a time, never on the main thread; a descriptor stays open while one of it runs.
 */
import { leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { toStorageError } from '../../net/errors.js';
import { Turns } from '../../net/turns.js';
import { syncShares } from '../../net/waiting-threads.js';
import { FolderSync, syncFolder } from './folder-sync.js';
import type { OpenFile } from './open-files.js';
import { WaySync } from './way-sync.js';

/** How far what a client claims is true: on the disk, or in the memory of the system. */
export type Durability = 'disk' | 'cache';

/** Makes things outlive a power cut. */
export interface DiskSync {
  readonly durability: Durability;
  /** Resolves when what was written to a file before is on the disk. @throws StorageError */
  data(file: Syncable): Promise<void>;
  /**
   * Resolves when the names that are in a folder now are on the disk, and the way to it.
   * @throws StorageError
   */
  folder(path: string): Promise<void>;
}

/** A file that can be synced. */
export type Syncable = Pick<OpenFile, 'retain'>;

export function diskSyncOf(durability: Durability): DiskSync {
  return durability === 'disk' ? new RealDiskSync() : withoutSync;
}

/** For those to whom the memory of the system is good enough. */
const withoutSync: DiskSync = {
  durability: 'cache',
  data: () => Promise.resolve(),
  folder: () => Promise.resolve(),
};

class RealDiskSync implements DiskSync {
  readonly durability = 'disk';
  readonly #turns = new Turns(syncShares().main);
  /** Those above others. */
  readonly #above = new FolderSync((path) => this.#turns.take(() => syncFolder(path)));
  readonly #ways = new WaySync((path) => this.#above.sync(path));
  readonly #folders = new FolderSync((path) => this.#withItsWay(path));

  data(file: Syncable): Promise<void> {
    const use = file.retain();
    return this.#turns
      .take(async () => {
        try {
          await use.handle.datasync();
        } catch (cause) {
          throw toStorageError(cause, 'what was downloaded does not reach the disk');
        }
      })
      .finally(() => use.release());
  }

  folder(path: string): Promise<void> {
    return this.#folders.sync(path);
  }

  /** Whoever asks before this begins is served by it: so many files look at the way once. */
  async #withItsWay(path: string): Promise<void> {
    const way = this.#ways.sync(path);
    leaveToWaiters(way);
    // Neither goes on alone when the other has failed.
    await this.#turns.take(() => syncFolder(path)).finally(() => whenSettled(way));
    await way;
  }
}
