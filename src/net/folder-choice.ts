/**
 * A choice among the entries of a folder: a bit for each place in its table. Pure arithmetic: which
 * pieces it takes, and which of them can be served by whoever has the chosen files and no others.
 */
import { Bitfield } from './bitfield.js';
import { bug } from './errors.js';
import { extentsOf, folderLayout, type FolderLayout } from './folder-layout.js';
import type { FolderTable } from './folder-table.js';
import { pieceLengthAt, pieceOffset, type PieceLayout } from './piece-layout.js';

/** The chosen entries, by their places in the table; what is read back may be longer than the table. */
export type FolderChoice = Bitfield;

export interface ChosenPieces {
  /** Those in which something of a chosen file lies. */
  readonly wanted: Bitfield;
  /** Those of them in which nothing else lies. */
  readonly whole: Bitfield;
}

/** The pieces of a choice; without one, all. */
export function piecesOfChoice(layout: FolderLayout, choice?: FolderChoice): ChosenPieces {
  const { pieces, entries } = layout;
  if (!choice) {
    const all = Bitfield.full(pieces.pieceCount);
    return { wanted: all, whole: all };
  }
  const wanted = new Bitfield(pieces.pieceCount);
  const others = new Bitfield(pieces.pieceCount);
  for (const [place, entry] of entries.entries()) {
    const set = choice.has(entry) ? wanted : others;
    for (const piece of piecesOfPlace(layout, place)) set.add(piece);
  }
  return { wanted, whole: wanted.without(others) };
}

/** The pieces of the file in a place of the sequence. */
export function piecesOfPlace({ starts, sizes, pieces }: FolderLayout, place: number): number[] {
  const first = Math.floor(starts[place]! / pieces.pieceLength);
  const last = Math.floor((starts[place]! + sizes[place]! - 1) / pieces.pieceLength);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The entries that are chosen; without a choice, all. */
export function chosenOf(table: FolderTable, choice?: FolderChoice): FolderTable {
  return choice ? table.filter((_, index) => choice.has(index)) : table;
}

/** The paths of the first files of a folder in which something of these pieces lies, at most so many. */
export function pathsOfPieces(
  folder: FolderTable,
  { pieceLength }: PieceLayout,
  pieces: Iterable<number>,
  most: number,
): string[] {
  const layout = folderLayout(folder, pieceLength) ?? bug('a folder without a layout');
  const entries = new Set<number>();
  for (const piece of pieces) {
    const at = pieceOffset(layout.pieces, piece);
    const length = pieceLengthAt(layout.pieces, piece);
    for (const { entry } of extentsOf(layout, at, length)) entries.add(entry);
    if (entries.size >= most) break;
  }
  return [...entries].slice(0, most).map((entry) => folder.at(entry)!.path);
}

/** Bytes of a set of pieces. */
export function bytesOfPieces(layout: PieceLayout, pieces: Bitfield): number {
  if (pieces.isFull) return layout.size;
  let bytes = 0;
  for (const piece of pieces.indexes()) bytes += pieceLengthAt(layout, piece);
  return bytes;
}
