/**
 * Walks a folder that is to be shared: its table, and the stamps of its files at that moment. What no
 * table can hold is never left out silently: links and special files are told, and a name or a file
 * that cannot be shared refuses the whole, because a folder that was named is to arrive whole.
 *
 * Left out on purpose: what `--exclude` and the `.p2pignore` files of the folder say, by the rules of
 * `.gitignore`, and these files themselves. Mount points are followed, hard links are files.
 */
import type { BigIntStats, Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { display } from '../../net/display.js';
import { P2pError, StorageError, UsageError, toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-table.js';
import {
  MAX_ENTRY_PATH_BYTES,
  MAX_FOLDER_LEVELS,
  MAX_IGNORE_PATTERNS,
  MAX_LEFT_OUT_TOLD,
} from '../../net/limits.js';
import { compareNames } from '../../net/name-order.js';
import { checkName } from '../../net/names.js';
import { TwinKeys } from '../../net/twin-keys.js';
import { beforeTable } from '../../net/young-heap.js';
import type { LeftOut } from '../api/progress.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { lookAtEach } from '../disk/look-at-each.js';
import { SeenStats, type SeenFile } from '../disk/seen-stats.js';
import { IGNORE_FILE, readIgnoreFile } from '../disk/ignore-file.js';
import { PathPatterns } from '../disk/path-patterns.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import { FolderInMaking } from './folder-in-making.js';

/** A folder as it was when it was walked. */
export interface ScannedFolder {
  readonly table: FolderTable;
  /** Stands for all its files. */
  readonly stamp: FileStamp;
  readonly stamps: FolderStamps;
  readonly leftOut: LeftOut;
}

/** Whether the `.p2pignore` at a path of the folder is obeyed. */
export type IsObeyed = (path: string) => boolean;

/** Unshareable names that a refusal tells. */
const MAX_FLAWS_TOLD = 3;

/**
 * Walks a folder.
 * @throws UsageError when something in it cannot be shared, StorageError when it cannot be read
 */
export async function scanFolder(
  root: string,
  exclude: readonly string[],
  signal?: AbortSignal,
  isObeyed: IsObeyed = () => true,
): Promise<ScannedFolder> {
  const walk = new FolderWalk(root, exclude, signal, isObeyed);
  await walk.run();
  return walk.result();
}

/** A folder inside the root, `''` for the root itself. */
interface Place {
  readonly path: string;
  readonly level: number;
  /** Patterns that hold here, each with the folder in which they stand; the nearest come first. */
  readonly patterns: readonly { readonly base: string; readonly patterns: PathPatterns }[];
}

class FolderWalk {
  readonly #root: string;
  readonly #exclude: PathPatterns;
  readonly #signal: AbortSignal | undefined;
  readonly #found: FolderInMaking;
  readonly #leftOut: { path: string; why: 'link' | 'special' }[] = [];
  #leftOutCount = 0;
  readonly #keys = new TwinKeys();
  readonly #flaws: string[] = [];
  #flawCount = 0;
  readonly #isObeyed: IsObeyed;
  #patternCount = 0;

  constructor(
    root: string,
    exclude: readonly string[],
    signal: AbortSignal | undefined,
    isObeyed: IsObeyed,
  ) {
    this.#isObeyed = isObeyed;
    this.#root = root;
    this.#exclude = new PathPatterns(exclude);
    this.#signal = signal;
    this.#found = new FolderInMaking(root);
  }

  async run(): Promise<void> {
    await this.#walk({ path: '', level: 0, patterns: [] });
    if (this.#flawCount > 0) throw this.#refusal();
    if (this.#found.count === 0) throw new UsageError(`there is nothing to share in ${this.#root}`);
  }

  result(): ScannedFolder {
    const leftOut = { count: this.#leftOutCount, first: this.#leftOut };
    return { ...this.#found.finish(), leftOut };
  }

  /** Goes in the order of a table. Answers whether anything in it was taken. */
  async #walk(place: Place): Promise<boolean> {
    this.#signal?.throwIfAborted();
    const children = await this.#childrenOf(place);
    const inside = { ...place, patterns: await this.#patternsIn(place, children) };
    const taken = children.filter((child) => this.#isTaken(inside, child));
    taken.sort((a, b) => compareNames(a.name, b.name));
    const shareable = this.#withoutFlaws(place, taken);
    if (this.#keys.isSpent) throw tooMuchToCompare(this.#root);
    const before = this.#found.count;
    this.#found.requireRoomFor(shareable.length);
    beforeTable({ entries: before + shareable.length });
    const seen = await this.#lookAt(place, shareable);
    for (const [index, child] of shareable.entries()) {
      const path = pathIn(place, child.name);
      if (child.isDirectory()) await this.#walkInto({ ...inside, path, level: place.level + 1 });
      else this.#take(path, seen.at(index));
    }
    return this.#found.count > before;
  }

  async #walkInto(folder: Place): Promise<void> {
    const isEmpty = !(await this.#walk(folder));
    if (isEmpty) this.#found.addEmptyFolder(folder.path);
  }

  /** Looks at the files among them. */
  async #lookAt(place: Place, children: readonly Dirent[]): Promise<SeenStats> {
    const seen = new SeenStats(children.length);
    await lookAtEach(this.#filesIn(place, children), (index, stats) => {
      const path = pathIn(place, children[index]!.name);
      if (this.#isFile(path, stats)) seen.put(index, stats);
    });
    return seen;
  }

  /** Each by its place among them. */
  *#filesIn(place: Place, children: readonly Dirent[]): Generator<readonly [number, string]> {
    for (const [index, child] of children.entries()) {
      if (!child.isDirectory()) yield [index, join(this.#root, pathIn(place, child.name))];
    }
  }

  async #childrenOf({ path }: Place): Promise<Dirent[]> {
    const folder = join(this.#root, path);
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (cause) {
      throw toStorageError(cause, `cannot read ${folder}`, 'read');
    }
  }

  async #patternsIn({ path, patterns }: Place, children: readonly Dirent[]) {
    if (!children.some((child) => child.name === IGNORE_FILE && child.isFile())) return patterns;
    const within = path === '' ? IGNORE_FILE : `${path}/${IGNORE_FILE}`;
    if (!this.#isObeyed(within)) return patterns;
    const room = MAX_IGNORE_PATTERNS - this.#patternCount;
    const own = await readIgnoreFile(join(this.#root, within), room);
    this.#patternCount += own.count;
    return [{ base: path, patterns: own.patterns }, ...patterns];
  }

  /** The command line goes before the files, and of these the nearest before the others. */
  #isTaken(place: Place, child: Dirent): boolean {
    if (child.name === IGNORE_FILE) return false;
    const path = pathIn(place, child.name);
    const isFolder = child.isDirectory();
    const said = [{ base: '', patterns: this.#exclude }, ...place.patterns];
    for (const { base, patterns } of said) {
      const relative = base === '' ? path : path.slice(base.length + 1);
      const isMatched = patterns.match(relative, isFolder);
      if (isMatched !== undefined) return !isMatched;
    }
    return true;
  }

  /** Those that a table can hold; of the others it is noted why not. */
  #withoutFlaws(place: Place, children: readonly Dirent[]): Dirent[] {
    const twins = new Map<string, string>();
    return children.filter((child) => {
      const path = pathIn(place, child.name);
      if (!child.isFile() && !child.isDirectory()) {
        this.#leaveOut(path, child.isSymbolicLink() ? 'link' : 'special');
        return false;
      }
      const flaw = flawOf(path, child.name, place.level + 1, { twins, keys: this.#keys });
      if (flaw !== undefined) this.#onFlaw(path, flaw);
      return flaw === undefined;
    });
  }

  /** What was no file any more when it was looked at has been told. */
  #take(path: string, stats: SeenFile | undefined): void {
    if (stats) this.#found.addFile(path, stats);
  }

  #isFile(path: string, stats: BigIntStats | undefined): stats is BigIntStats {
    // Node has put that in place of what is no UTF-8, and no file has the name that came of it.
    if (!stats && path.includes('\ufffd')) this.#onFlaw(path, 'its name is not UTF-8');
    else if (!stats) throw gone(join(this.#root, path));
    else if (!stats.isFile()) this.#leaveOut(path, stats.isSymbolicLink() ? 'link' : 'special');
    return stats?.isFile() ?? false;
  }

  #leaveOut(path: string, why: 'link' | 'special'): void {
    this.#leftOutCount++;
    if (this.#leftOut.length < MAX_LEFT_OUT_TOLD) this.#leftOut.push({ path, why });
  }

  #onFlaw(path: string, flaw: string): void {
    this.#flawCount++;
    if (this.#flaws.length < MAX_FLAWS_TOLD) this.#flaws.push(`"${display(path, 200)}": ${flaw}`);
  }

  #refusal(): UsageError {
    const more = this.#flawCount - this.#flaws.length;
    const told = this.#flaws.join('; ') + (more > 0 ? `; and ${more} more` : '');
    return new UsageError(
      `${this.#root} cannot be shared as it is; rename these, or leave them out with --exclude: ${told}`,
    );
  }
}

/** Why no table can hold a file or a folder of that name; `twins` are those beside it so far. */
function flawOf(
  path: string,
  name: string,
  level: number,
  { twins, keys }: { readonly twins: Map<string, string>; readonly keys: TwinKeys },
): string | undefined {
  try {
    checkName('file', name);
  } catch (error) {
    if (error instanceof P2pError) return error.message;
    throw error;
  }
  if (level > MAX_FOLDER_LEVELS) return `it is more than ${MAX_FOLDER_LEVELS} folders deep`;
  if (Buffer.byteLength(path) > MAX_ENTRY_PATH_BYTES) {
    return `its path is longer than ${MAX_ENTRY_PATH_BYTES} bytes`;
  }
  const key = keys.of(name);
  const twin = twins.get(key);
  if (twin !== undefined) return `on many disks it is the same as "${display(twin, 200)}"`;
  twins.set(key, name);
  return undefined;
}

function tooMuchToCompare(root: string): UsageError {
  return new UsageError(
    `the names in ${root} are too many and too long to be compared; share its folders one by one`,
  );
}

function pathIn({ path }: Place, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function gone(path: string): StorageError {
  return new StorageError('FILE_CHANGED', `${path} has gone while its folder was read; try again`);
}
