/**
 * Which block answers a question by name: the first piece of the asked part that is there. Of a file that is not worth
 * so many connections only the first parts are answered with bytes. Pure.
 */
import type { Bitfield } from './bitfield.js';
import {
  DEFAULT_BLOCK_LENGTH,
  FAR_BYTES_PER_CONNECTION,
  MAX_PIECES_LOOKED_AT_FOR_A_NAME,
} from './limits.js';
import type { FileQuestion, PromisedBlock } from './peer-frames.js';
import { pieceLengthAt, type PieceLayout } from './piece-layout.js';

const WHOLE = 2 ** 32;

/** Undefined when nothing was asked for, nothing of that part is there, or it is a part too many. */
export function promisedBlock(
  { part, parts, start, length }: Pick<FileQuestion, 'part' | 'parts' | 'start' | 'length'>,
  layout: PieceLayout,
  pieces: Bitfield,
): PromisedBlock | undefined {
  const { pieceCount, size } = layout;
  const worth = Math.max(1, Math.floor(size / FAR_BYTES_PER_CONNECTION));
  const partsUsed = Math.min(parts, worth);
  if (length === 0 || part >= partsUsed) return undefined;
  const first = Math.floor((start * pieceCount) / WHOLE);
  const begin = Math.floor((part * pieceCount) / partsUsed);
  const end = Math.floor(((part + 1) * pieceCount) / partsUsed);
  const most = Math.min(end, begin + MAX_PIECES_LOOKED_AT_FOR_A_NAME);
  for (let index = begin; index < most; index++) {
    const pieceIndex = (first + index) % pieceCount;
    if (!pieces.has(pieceIndex)) continue;
    const itsLength = pieceLengthAt(layout, pieceIndex);
    return { pieceIndex, length: Math.min(length, itsLength, DEFAULT_BLOCK_LENGTH) };
  }
  return undefined;
}
