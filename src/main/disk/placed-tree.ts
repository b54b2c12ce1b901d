/**
 * What lies at the destination of a folder already. A look tells which pieces may be right, hashing
 * (not done here) which are; then it is known what is used where it is, what is missing, and what
 * differs. Reads nothing, changes nothing.
 *
 *   looked at (candidates) → judged (by the pieces that are right)
 */
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { StorageError } from '../../net/errors.js';
import {
  chosenOf,
  piecesOfChoice,
  piecesOfPlace,
  type FolderChoice,
} from '../../net/folder-choice.js';
import type { FolderLayout } from '../../net/folder-layout.js';
import { folderPathsOf } from '../../net/folder-paths.js';
import {
  isStampedAlike,
  newFolderStamps,
  setStamp,
  type FolderStamps,
} from '../../net/folder-stamps.js';
import type { FolderEntry, FolderTable } from '../../net/folder-table.js';
import { PLACES, type FolderSource, type PlacedFiles } from '../../workers/messages/content.js';
import { alreadyExists } from './destination.js';
import { lookAtEach } from './look-at-each.js';
import { requireRealFolders, statsAt } from './real-folders.js';

/** What lies where an entry belongs. */
const THERE = {
  nothing: 0,
  /** Of the right kind, and as long. */
  alike: 1,
  other: 2,
} as const;

/** What hashing has told of a tree. */
export interface PlacedVerdict {
  /** All of it is there, and right. */
  readonly isWhole: boolean;
  /** For the threads, which read there what is right. */
  readonly files: PlacedFiles;
  /** Pieces that are right there. */
  readonly pieces: Bitfield;
  /** Others that are right, in files that have to make room. */
  readonly spare: Bitfield;
  /** Bytes of the files that are right as a whole. */
  readonly bytes: number;
  /** Undefined where nothing has to be replaced. */
  readonly conflict: StorageError | undefined;
}

export class PlacedTree {
  /** Wanted pieces of which every file is there, and as long as it should be. */
  readonly candidates: Bitfield;
  readonly #wanted: Bitfield;
  readonly #path: string;
  readonly #table: FolderTable;
  readonly #layout: FolderLayout;
  readonly #choice: FolderChoice | undefined;
  readonly #there: Uint8Array;
  readonly #stamps: FolderStamps;

  private constructor(
    { path, table, layout, choice }: PlacedTreeOptions,
    there: Uint8Array,
    stamps: FolderStamps,
  ) {
    this.#path = path;
    this.#table = table;
    this.#layout = layout;
    this.#choice = choice;
    this.#there = there;
    this.#stamps = stamps;
    this.#wanted = piecesOfChoice(layout, choice).wanted;
    const lacking = new Bitfield(layout.pieces.pieceCount);
    for (const [place, entry] of layout.entries.entries()) {
      if (there[entry] === THERE.alike) continue;
      for (const piece of piecesOfPlace(layout, place)) lacking.add(piece);
    }
    this.candidates = this.#wanted.without(lacking);
  }

  /**
   * Looks at what is there; undefined for nothing.
   * @throws StorageError DESTINATION_EXISTS when something else lies where a folder belongs
   */
  static async look(options: PlacedTreeOptions): Promise<PlacedTree | undefined> {
    const { path, table, choice } = options;
    if (!(await statsAt(path))) return undefined;
    await requireRealFolders(path, chosenOf(table, choice));
    const stamps = newFolderStamps(table.length);
    const there = new Uint8Array(table.length);
    const paths = table.map((entry, index) => [index, join(path, entry.path)] as const);
    await lookAtEach(paths, (index, stats) => {
      there[index] = thereBy(table.at(index)!, stats);
      if (stats) setStamp(stamps, index, stats);
    });
    return new PlacedTree(options, there, stamps);
  }

  /** Of it, as it was when it was looked at. */
  get source(): FolderSource {
    const [root, layout, stamps] = [this.#path, this.#layout, this.#stamps];
    return { type: 'folder', root, layout, paths: folderPathsOf(this.#table), stamps };
  }

  /** What follows when these of the candidates are right. */
  judge(right: Bitfield): PlacedVerdict {
    const { pieces, packPieces, entries, sizes } = this.#layout;
    const places = new Uint8Array(new SharedArrayBuffer(this.#table.length));
    const pack = new Uint8Array(new SharedArrayBuffer(packPieces));
    for (let piece = 0; piece < packPieces; piece++) pack[piece] = right.has(piece) ? 1 : 0;
    const used = new Bitfield(pieces.pieceCount);
    let bytes = 0;
    /** Small files among which one differs at least. */
    const suspects: number[] = [];
    const differing: number[] = [];
    for (const [index, there] of this.#there.entries()) {
      if (there === THERE.other && this.#isChosen(index)) differing.push(index);
    }
    for (const [place, entry] of entries.entries()) {
      if (this.#there[entry] !== THERE.alike) continue;
      const its = piecesOfPlace(this.#layout, place);
      const isChosen = this.#isChosen(entry);
      const isSmall = its[0]! < packPieces;
      const good = its.filter((piece) => right.has(piece));
      if (good.length === its.length && isChosen) {
        places[entry] = PLACES.whole;
        bytes += sizes[place]!;
      } else if (!isSmall) {
        if (isChosen) differing.push(entry);
      } else {
        if (good.length > 0) places[entry] = PLACES.partly;
        if (isChosen && its.some((piece) => this.candidates.has(piece) && !right.has(piece)))
          suspects.push(entry);
      }
      // Of a large file all or nothing is used there; what differs grows elsewhere, of what is right here.
      if (isSmall || good.length === its.length) for (const piece of good) used.add(piece);
    }
    const isThere = (there: number, index: number): boolean =>
      there === THERE.alike || !this.#isChosen(index);
    const isWhole = right.count === this.#wanted.count && this.#there.every(isThere);
    const files = { stamps: this.#stamps, places, pack };
    const conflict = this.#conflict(differing, suspects);
    return { isWhole, files, pieces: used, spare: right.without(used), bytes, conflict };
  }

  /** A file that is used and is not as it was looked at any more, by what a later look found. */
  firstChanged({ places }: PlacedFiles, later: FolderStamps): string | undefined {
    const changed = this.#table.find((_, entry) => {
      if (places[entry] !== PLACES.whole) return false;
      return !isStampedAlike(this.#stamps, later, entry);
    });
    return changed?.path;
  }

  #isChosen(entry: number): boolean {
    return this.#choice?.has(entry) ?? true;
  }

  /** In the order of the table, so that the first one is what people see first. */
  #conflict(differing: number[], suspects: number[]): StorageError | undefined {
    const [first, ...others] = (differing.length > 0 ? differing : suspects).sort((a, b) => a - b);
    if (first === undefined) return undefined;
    const at = join(this.#path, this.#table.at(first)!.path);
    if (others.length === 0) return alreadyExists(at);
    const which =
      differing.length > 0
        ? `${at} and ${others.length} more are there and differ`
        : `${at}, or another of the small files beside it, differs`;
    return new StorageError(
      'DESTINATION_EXISTS',
      `${which}; choose another destination, or say --overwrite`,
    );
  }
}

export interface PlacedTreeOptions {
  /** Absolute. */
  readonly path: string;
  readonly table: FolderTable;
  readonly layout: FolderLayout;
  /** What counts. @default everything */
  readonly choice?: FolderChoice | undefined;
}

function thereBy({ kind, size }: FolderEntry, stats: BigIntStats | undefined): number {
  if (!stats) return THERE.nothing;
  if (kind === 'empty-folder') return stats.isDirectory() ? THERE.alike : THERE.other;
  return stats.isFile() && Number(stats.size) === size ? THERE.alike : THERE.other;
}
