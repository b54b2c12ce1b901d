/**
 * How a content is cut into pieces: pure arithmetic over size and piece length for a file; a folder
 * brings the lengths of its pieces along (see folder-layout.ts).
 * Offsets and lengths are bytes and stay below 2^53.
 */
import {
  MAX_PIECE_COUNT,
  MAX_PIECE_LENGTH,
  MIN_PIECE_LENGTH,
  PREFERRED_PIECE_COUNT,
  PREFERRED_PIECE_LENGTH,
  TARGET_PIECE_COUNT,
} from './limits.js';
import { bug } from './errors.js';

/** The cut of one content. */
export interface PieceLayout {
  /** Bytes of the content. */
  readonly size: number;
  /** Bytes of every piece that is not short: a power of two, 256 KiB to 16 MiB. */
  readonly pieceLength: number;
  /** Number of pieces; 0 for an empty file. */
  readonly pieceCount: number;
  /**
   * Bytes of each piece of a folder, on a SharedArrayBuffer: threads are handed a layout as it is.
   * Without it only the last piece is short, as it is of a file.
   */
  readonly lengths?: Uint32Array;
}

/**
 * The piece length for a file of `size` bytes: long enough that its bytes outweigh the work per
 * piece, short enough that there are pieces to trade.
 */
export function choosePieceLength(size: number): number {
  const preferred = doubledUntil(MIN_PIECE_LENGTH, PREFERRED_PIECE_LENGTH, (length) => {
    return size / length <= PREFERRED_PIECE_COUNT;
  });
  return doubledUntil(preferred, MAX_PIECE_LENGTH, (length) => size / length <= TARGET_PIECE_COUNT);
}

function doubledUntil(from: number, most: number, isEnough: (length: number) => boolean): number {
  let length = from;
  while (length < most && !isEnough(length)) length *= 2;
  return length;
}

/** True when a piece length is a power of two within the bounds. */
export function isPieceLength(length: number): boolean {
  return (
    Number.isInteger(length) &&
    length >= MIN_PIECE_LENGTH &&
    length <= MAX_PIECE_LENGTH &&
    Number.isInteger(Math.log2(length))
  );
}

/** The layout of a file, or undefined when size and piece length do not fit our bounds. */
export function pieceLayout(size: number, pieceLength: number): PieceLayout | undefined {
  if (!Number.isSafeInteger(size) || size < 0 || !isPieceLength(pieceLength)) return undefined;
  const pieceCount = Math.ceil(size / pieceLength);
  return pieceCount > MAX_PIECE_COUNT ? undefined : { size, pieceLength, pieceCount };
}

/** Where a piece begins in its content: in a file a byte offset, in a folder a place of its sequence. */
export function pieceOffset(layout: PieceLayout, index: number): number {
  assertPieceIndex(layout, index);
  return index * layout.pieceLength;
}

/** Bytes of a piece: the piece length, less for one that is short. */
export function pieceLengthAt(layout: PieceLayout, index: number): number {
  assertPieceIndex(layout, index);
  if (layout.lengths) return layout.lengths[index]!;
  return Math.min(layout.pieceLength, layout.size - index * layout.pieceLength);
}

/** True for an index of this layout; for values that came from outside. */
export function isPieceIndex(layout: PieceLayout, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < layout.pieceCount;
}

function assertPieceIndex(layout: PieceLayout, index: number): void {
  if (!isPieceIndex(layout, index)) bug(`piece ${index} of ${layout.pieceCount}`);
}
