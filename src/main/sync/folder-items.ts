/**
 * Looks at what lies in a folder that is kept the same: each entry of it by its stamp, a folder in it by that of all
 * its files. Reads no file, changes nothing. Owns what it has seen of the folders in it, which are walked again only
 * when something may have changed in them.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { P2pError, StorageError, toStorageError } from '../../net/errors.js';
import { MAX_SYNC_ENTRIES, MAX_SYNC_IGNORE_BYTES } from '../../net/limits.js';
import { stampOf, type FileStamp } from '../disk/file-stamp.js';
import { lookAtEach } from '../disk/look-at-each.js';
import { PathPatterns } from '../disk/path-patterns.js';
import { scanFolder, type ScannedFolder } from '../sharing/folder-scan.js';
import { IGNORE_FILE, MARK, isOwn, type ItemNames } from './item-names.js';

/** What lies under a name. */
export type SeenItem =
  | { readonly kind: 'file'; readonly stamp: FileStamp }
  | {
      readonly kind: 'folder';
      /** Stands for all its files. Absent where something in it cannot be shared, or there is nothing. */
      readonly stamp?: FileStamp;
      /** How many files it has. */
      readonly files: number;
      /** Why it has no stamp. */
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
  readonly names: ItemNames;
  /** Patterns of what is not shared of folders in it. */
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
}

export class FolderItems {
  readonly #options: FolderItemsOptions;
  readonly #folders = new Map<string, SeenItem & { readonly kind: 'folder' }>();

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
    if (!entries.includes(MARK)) throw notMarked(folder);
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
    return { items, ignored: hasPatterns ? await patternsIn(folder) : new PathPatterns([]) };
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
    const { folder, exclude, signal } = this.#options;
    try {
      const scanned = await scanFolder(join(folder, name), exclude, signal);
      return { kind: 'folder', stamp: scanned.stamp, files: filesOf(scanned) };
    } catch (error) {
      if (!(error instanceof P2pError) || signal.aborted) throw error;
      return { kind: 'folder', files: 0, flaw: error };
    }
  }
}

function filesOf({ table }: ScannedFolder): number {
  return table.reduce((count, { kind }) => count + (kind === 'file' ? 1 : 0), 0);
}

async function patternsIn(folder: string): Promise<PathPatterns> {
  const path = join(folder, IGNORE_FILE);
  try {
    if ((await lstat(path)).size > MAX_SYNC_IGNORE_BYTES) {
      throw new StorageError(
        'FILE_TOO_LARGE',
        `${path} is longer than ${MAX_SYNC_IGNORE_BYTES} bytes; make it shorter`,
      );
    }
    return new PathPatterns(await readFile(path, 'utf8'));
  } catch (cause) {
    throw toStorageError(cause, `cannot read ${path}`, 'read');
  }
}

/** What an unmounted disk looks like, or a folder that somebody has emptied. */
export function notMarked(folder: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${folder} is not as it was: its file ${MARK} is gone, so that nothing is done there; mount its disk, or make an empty file of that name in it to begin anew`,
  );
}

function tooMany(folder: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${folder} has more than ${MAX_SYNC_ENTRIES} entries, more than can be kept the same; put some of them into folders`,
  );
}
