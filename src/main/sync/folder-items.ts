/**
 * Looks at what lies in a folder that is kept the same: each entry of it by its stamp, a folder in it by that of all
 * its files. Reads no file, changes nothing. Owns what it has seen of the folders in it, which are walked again only
 * when something may have changed in them.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { P2pError, StorageError, UsageError, toStorageError } from '../../net/errors.js';
import { MAX_SYNC_ENTRIES } from '../../net/limits.js';
import { stampOf, type FileStamp } from '../disk/file-stamp.js';
import { IGNORE_FILE, readIgnoreFile } from '../disk/ignore-file.js';
import { lookAtEach } from '../disk/look-at-each.js';
import { PathPatterns } from '../disk/path-patterns.js';
import { scanFolder, type ScannedFolder } from '../sharing/folder-scan.js';
import { notMarked, readMark } from './folder-mark.js';
import { MARK, isOwn, type ItemNames } from './item-names.js';

/** What lies under a name. */
export type SeenItem =
  | { readonly kind: 'file'; readonly stamp: FileStamp }
  | {
      readonly kind: 'folder';
      /** Stands for all its files. Absent where something in it cannot be shared, or there is nothing. */
      readonly stamp?: FileStamp;
      /** How many files it has. */
      readonly files: number;
      /** Why it is not shared; without a stamp, why it has none. */
      readonly flaw?: P2pError;
    }
  | { readonly kind: 'foreign' };

export interface SeenFolder {
  readonly items: ReadonlyMap<string, SeenItem>;
  /** What the folder says of itself that is not to be shared. */
  readonly ignored: PathPatterns;
}

export interface FolderItemsOptions {
  /** Absolute. */
  readonly folder: string;
  /** Whose mark the folder has. */
  readonly groupId: string;
  readonly names: ItemNames;
  /** Patterns of what is not shared of folders in it. */
  readonly exclude: readonly string[];
  /** Whether a path in the folder of that name came from the group with it. */
  readonly hasCome: (name: string, path: string) => boolean;
  readonly signal: AbortSignal;
}

export class FolderItems {
  readonly #options: FolderItemsOptions;
  readonly #folders = new Map<string, SeenItem & { readonly kind: 'folder' }>();
  /** Which folder it was at the first look. */
  #place: Pick<BigIntStats, 'dev' | 'ino'> | undefined;

  constructor(options: FolderItemsOptions) {
    this.#options = options;
  }

  /** Something may have changed in the folder of that name; without one, in any. */
  onChanged(name?: string): void {
    if (name === undefined) this.#folders.clear();
    else this.#folders.delete(name);
  }

  /** @throws StorageError NO_DESTINATION when the folder is not the one that was marked (any more) */
  async look(): Promise<SeenFolder> {
    const { folder, signal } = this.#options;
    const entries = await readdir(folder).catch((cause: unknown) => {
      throw toStorageError(cause, `cannot look into the folder ${folder}`, 'read');
    });
    await this.#requireSame();
    if (entries.length > MAX_SYNC_ENTRIES) throw tooMany(folder);
    const names = entries.filter((name) => !isOwn(name));
    const found = new Map<string, BigIntStats>();
    await lookAtEach(
      names.map((name, index) => [index, join(folder, name)] as const),
      (index, stats) => {
        if (stats) found.set(names[index]!, stats);
      },
    );
    for (const name of this.#folders.keys())
      if (!found.get(name)?.isDirectory()) this.#folders.delete(name);
    const items = new Map<string, SeenItem>();
    for (const [name, stats] of found) {
      signal.throwIfAborted();
      if (!this.#options.names.has(name, stats.isDirectory())) continue;
      items.set(name, await this.#itemOf(name, stats));
    }
    const hasPatterns = entries.includes(IGNORE_FILE);
    if (!hasPatterns) return { items, ignored: new PathPatterns([]) };
    return { items, ignored: (await readIgnoreFile(join(folder, IGNORE_FILE))).patterns };
  }

  /** It is the folder that was marked, and not another one in its place. */
  async #requireSame(): Promise<void> {
    const { folder, groupId } = this.#options;
    const { dev, ino } = await lstat(folder, { bigint: true }).catch((cause: unknown) => {
      throw toStorageError(cause, `cannot look into the folder ${folder}`, 'read');
    });
    this.#place ??= { dev, ino };
    const isSame = this.#place.dev === dev && this.#place.ino === ino;
    if (!isSame || (await readMark(join(folder, MARK))) !== groupId) throw notMarked(folder);
  }

  /** The same of one entry; undefined when nothing is there. */
  async lookAt(name: string): Promise<SeenItem | undefined> {
    const path = join(this.#options.folder, name);
    this.#folders.delete(name);
    try {
      return await this.#itemOf(name, await lstat(path, { bigint: true }));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw toStorageError(cause, `cannot look at ${path}`, 'read');
    }
  }

  async #itemOf(name: string, stats: BigIntStats): Promise<SeenItem> {
    if (stats.isFile()) return { kind: 'file', stamp: stampOf(stats) };
    if (!stats.isDirectory()) return { kind: 'foreign' };
    const known = this.#folders.get(name);
    if (known) return known;
    const item = await this.#walk(name);
    // What could not be read may be better the next time.
    if (item.stamp) this.#folders.set(name, item);
    return item;
  }

  async #walk(name: string): Promise<SeenItem & { readonly kind: 'folder' }> {
    const { folder, exclude, hasCome, signal } = this.#options;
    const path = join(folder, name);
    // What a member wrote into such a file is for nobody to obey.
    let flaw: P2pError | undefined = undefined as P2pError | undefined;
    const isObeyed = (within: string): boolean => {
      if (!flaw && !hasCome(name, within)) return true;
      flaw = withPatterns(path);
      return false;
    };
    try {
      const scanned = await scanFolder(path, exclude, signal, isObeyed);
      if (await isMarkedIn(path, scanned)) flaw = markedIn(path);
      const seen = { stamp: scanned.stamp, files: filesOf(scanned) };
      return { kind: 'folder', ...seen, ...(flaw && { flaw }) };
    } catch (error) {
      if (!(error instanceof P2pError) || signal.aborted) throw error;
      return { kind: 'folder', files: 0, flaw: error };
    }
  }
}

function filesOf({ table }: ScannedFolder): number {
  return table.reduce((count, { kind }) => count + (kind === 'file' ? 1 : 0), 0);
}

/** It, or a folder in it, is kept the same as a group itself. */
async function isMarkedIn(path: string, { table }: ScannedFolder): Promise<boolean> {
  // It may be left out of the table.
  if (await lstat(join(path, MARK)).catch(() => undefined)) return true;
  for (const entry of table)
    if (entry.path === MARK || entry.path.endsWith(`/${MARK}`)) return true;
  return false;
}

function markedIn(path: string): UsageError {
  return new UsageError(
    `${path} is not shared: it is, or has in it, a folder that is kept the same as a group`,
  );
}

function withPatterns(path: string): UsageError {
  return new UsageError(
    `${path} is not shared: a file ${IGNORE_FILE} has come with it, which would say what of it is; remove that, or share it yourself`,
  );
}

function tooMany(folder: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${folder} has more than ${MAX_SYNC_ENTRIES} entries, more than can be kept the same; put some of them into folders`,
  );
}
