/**
 * Chooses the next missing piece for a reader who takes the content from its beginning while it comes: the first
 * missing one of a window that begins where the verified beginning ends. As long as a peer could help with
 * that window it is given nothing beyond, so that a piece which is late there moves to whoever is faster. A peer that
 * has nothing of the window gets what it has, rarest first: it costs no memory, because all is on the disk. Pure.
 */
import { IN_ORDER_WINDOW_BYTES, IN_ORDER_WINDOW_PIECES } from '../../net/limits.js';
import type { PiecePicker, PieceSource } from './piece-picker.js';
import type { PieceTable } from './piece-table.js';

export class InOrderPicker implements Pick<PiecePicker, 'pick'> {
  readonly #table: PieceTable;
  readonly #beyond: Pick<PiecePicker, 'pick'>;
  readonly #windowPieces: number;

  constructor(table: PieceTable, beyond: Pick<PiecePicker, 'pick'>) {
    this.#table = table;
    this.#beyond = beyond;
    const pieces = Math.ceil(IN_ORDER_WINDOW_BYTES / table.layout.pieceLength);
    this.#windowPieces = Math.max(pieces, IN_ORDER_WINDOW_PIECES);
  }

  /** A missing piece that this peer has and may be asked for, if there is one for it now. */
  pick(source: PieceSource): number | undefined {
    const { leading, layout, missing, verified } = this.#table;
    const end = Math.min(layout.pieceCount, leading + this.#windowPieces);
    let isOfUse = false;
    for (let piece = leading; piece < end; piece++) {
      if (!source.bits.has(piece) || verified.has(piece) || !source.mayFetch(piece)) continue;
      if (missing.has(piece)) return piece;
      isOfUse = true;
    }
    return isOfUse ? undefined : this.#beyond.pick(source);
  }
}
