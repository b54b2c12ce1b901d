/**
 * Where each file of a folder lies in the folder's sequence of pieces: pure arithmetic. First comes
 * the pack: all files that are shorter than a piece, one after the other, so that many small files
 * cost few pieces. Then each other file begins with a piece of its own, so that it keeps its pieces
 * when others change, and can be fetched alone. The last piece of the pack and of each file is short.
 * Empty files and folders have no bytes. Places in the sequence are bytes: `piece × piece length`
 * and an offset; behind a short piece there are places that nothing lies at.
 *
 * Threads are handed a layout as it is: its arrays are shared memory.
 */
import { bug } from './errors.js';
import { sizesOf, type FolderTable } from './folder-entry.js';
import { MAX_PIECE_COUNT } from './limits.js';
import { isPieceLength, type PieceLayout } from './piece-layout.js';

/** Where the files of a folder lie. */
export interface FolderLayout {
  readonly pieces: PieceLayout;
  /** Bytes of the pack, and the pieces that hold them: the first ones. */
  readonly packBytes: number;
  readonly packPieces: number;
  /** The files that have bytes, in the order of the sequence: their places in the table. */
  readonly entries: Uint32Array;
  /** Where each of them begins in the sequence, and its bytes. */
  readonly starts: Float64Array;
  readonly sizes: Float64Array;
}

/** Bytes of one file that are bytes of the sequence. */
export interface Extent {
  /** Place of the file in the table. */
  readonly entry: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Where in the file. */
  readonly offset: number;
  readonly length: number;
}

/** All that the arithmetic needs of a table: the bytes of each entry. */
type Sizes = Float64Array;

/** What a layout needs, known before anything is allocated. */
interface Totals {
  readonly size: number;
  readonly packBytes: number;
  readonly packPieces: number;
  readonly pieceCount: number;
  /** Files that have bytes. */
  readonly files: number;
}

/** Number of pieces of a folder, or undefined when it is out of bounds. */
export function folderPieceCount(
  table: FolderTable | Sizes,
  pieceLength: number,
): number | undefined {
  return totalsOf(sizesIn(table), pieceLength)?.pieceCount;
}

/** The layout of a folder, or undefined when its files do not fit our bounds. */
export function folderLayout(
  table: FolderTable | Sizes,
  pieceLength: number,
): FolderLayout | undefined {
  const all = sizesIn(table);
  const totals = totalsOf(all, pieceLength);
  if (!totals) return undefined;
  const { size, packBytes, packPieces, pieceCount, files } = totals;
  const lengths = shared(Uint32Array, pieceCount).fill(pieceLength);
  const layout: FolderLayout = {
    pieces: { size, pieceLength, pieceCount, lengths },
    packBytes,
    packPieces,
    entries: shared(Uint32Array, files),
    starts: shared(Float64Array, files),
    sizes: shared(Float64Array, files),
  };
  if (packPieces > 0) lengths[packPieces - 1] = packBytes - (packPieces - 1) * pieceLength;
  placeFiles(all, layout, lengths);
  return layout;
}

function sizesIn(table: FolderTable | Sizes): Sizes {
  return table instanceof Float64Array ? table : sizesOf(table);
}

function totalsOf(all: Sizes, pieceLength: number): Totals | undefined {
  if (!isPieceLength(pieceLength)) return undefined;
  let [size, packBytes, ownPieces, files] = [0, 0, 0, 0];
  for (const one of all) {
    if (one < pieceLength) packBytes += one;
    else ownPieces += Math.ceil(one / pieceLength);
    // So the sums stay exact, whatever sizes a stranger's table claims.
    if (ownPieces > MAX_PIECE_COUNT) return undefined;
    size += one;
    if (one > 0) files++;
  }
  const packPieces = Math.ceil(packBytes / pieceLength);
  const pieceCount = packPieces + ownPieces;
  if (pieceCount > MAX_PIECE_COUNT) return undefined;
  return { size, packBytes, packPieces, pieceCount, files };
}

function placeFiles(all: Sizes, layout: FolderLayout, lengths: Uint32Array): void {
  const { pieces, packPieces, entries, starts, sizes } = layout;
  const { pieceLength } = pieces;
  let [place, packed, piece] = [0, 0, packPieces];
  const put = (entry: number, start: number, size: number): void => {
    entries[place] = entry;
    starts[place] = start;
    sizes[place++] = size;
  };
  for (const [entry, size] of all.entries()) {
    if (size === 0 || size >= pieceLength) continue;
    put(entry, packed, size);
    packed += size;
  }
  for (const [entry, size] of all.entries()) {
    if (size < pieceLength) continue;
    put(entry, piece * pieceLength, size);
    piece += Math.ceil(size / pieceLength);
    lengths[piece - 1] = size - (Math.ceil(size / pieceLength) - 1) * pieceLength;
  }
}

/**
 * The files, and what of them, that hold `length` bytes of the sequence from `at` on; in order.
 * They must lie within one piece, or within the pack.
 */
export function extentsOf(layout: FolderLayout, at: number, length: number): Extent[] {
  return [...eachExtent(layout, at, length)];
}

/** The same, one after the other: of small files a piece has hundreds. */
export function* eachExtent(
  { entries, starts, sizes }: FolderLayout,
  at: number,
  length: number,
): Generator<Extent> {
  let place = lastAtOrBefore(starts, at);
  for (let done = 0; done < length; place++) {
    const offset = at + done - (starts[place] ?? NaN);
    const count = Math.min(length - done, (sizes[place] ?? NaN) - offset);
    if (!(offset >= 0 && count > 0)) bug(`no file holds ${length} bytes at ${at}`);
    yield { entry: entries[place]!, size: sizes[place]!, offset, length: count };
    done += count;
  }
}

/** Place of the last start that is not behind `at`; -1 when there is none. */
function lastAtOrBefore(starts: Float64Array, at: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

interface SharedArrayKind<Kind> {
  new (buffer: SharedArrayBuffer): Kind;
  readonly BYTES_PER_ELEMENT: number;
}

function shared<Kind>(kind: SharedArrayKind<Kind>, count: number): Kind {
  return new kind(new SharedArrayBuffer(count * kind.BYTES_PER_ELEMENT));
}
