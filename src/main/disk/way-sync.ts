/**
 * Makes the way to a folder outlive a power cut: a folder that was made a moment ago is lost, with
 * all that was synced in it, while its own name in the folder above is not on the disk. Nobody can
 * tell how old a name is, so every folder of this user on the way is taken for a new one, once: up to
 * one that another user made, or where a file system begins. Owns what it has made safe.
 */
import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { MAX_SAFE_FOLDERS } from '../../net/limits.js';

export class WaySync {
  readonly #syncFolder: (folder: string) => Promise<void>;
  /** Folders whose names, and those above, are on the disk; by what nobody else has. */
  readonly #safe = new Set<string>();
  /** By folder: whoever comes meanwhile waits for the same syncs. */
  readonly #running = new Map<string, Promise<void>>();

  /** `syncFolder` makes the names in one folder safe. */
  constructor(syncFolder: (folder: string) => Promise<void>) {
    this.#syncFolder = syncFolder;
  }

  /** Resolves when the way to a folder is on the disk. @throws StorageError */
  async sync(folder: string): Promise<void> {
    if (this.#safe.has(identityOf(await lookAt(folder)))) return;
    const running = this.#running.get(folder) ?? this.#syncWay(folder);
    this.#running.set(folder, running);
    try {
      await running;
    } finally {
      this.#running.delete(folder);
    }
  }

  async #syncWay(folder: string): Promise<void> {
    const made: string[] = [];
    let path = await realpath(folder).catch((error: unknown) => {
      throw toStorageError(error, `cannot look at the folder ${folder}`);
    });
    let stats = await lookAt(path);
    for (;;) {
      const identity = identityOf(stats);
      const above = dirname(path);
      if (above === path || this.#safe.has(identity) || !isOurs(stats)) break;
      const statsAbove = await lookAt(above);
      if (statsAbove.dev !== stats.dev) break;
      await this.#syncFolder(above);
      made.push(identity);
      [path, stats] = [above, statsAbove];
    }
    if (this.#safe.size + made.length > MAX_SAFE_FOLDERS) this.#safe.clear();
    for (const identity of made) this.#safe.add(identity);
  }
}

/** A number is used again for a folder that is made later, its birth is not. */
function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${birthtimeNs}`;
}

function isOurs({ uid }: BigIntStats): boolean {
  return process.getuid === undefined || uid === BigInt(process.getuid());
}

function lookAt(folder: string): Promise<BigIntStats> {
  return stat(folder, { bigint: true }).catch((error: unknown) => {
    throw toStorageError(error, `cannot look at the folder ${folder}`);
  });
}
