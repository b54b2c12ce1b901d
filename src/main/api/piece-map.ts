/** How the pieces of a download stand, bounded however many there are, as plain data for every face of a client. */

/**
 * The pieces in cells of neighbours: with n cells, cell `i` has the pieces from `floor(i * pieceCount / n)` to
 * before `floor((i + 1) * pieceCount / n)`. Each list has one number for each cell, at most 1,024 of them.
 */
export interface PieceMap {
  readonly pieceCount: number;
  /** Bytes of a piece that is not short. */
  readonly pieceLength: number;
  /** Pieces that are to be had; fewer than there are when only some files of a folder are downloaded. */
  readonly wanted: readonly number[];
  /** Of those: verified and written; of a download that nobody runs those that are safe on the disk. */
  readonly verified: readonly number[];
  /** Of those: asked of a peer. The rest is missing. */
  readonly asked: readonly number[];
  /**
   * While it is fetched, and where pieces are not verified: how many connected peers have the one of these that
   * fewest have; elsewhere 0.
   */
  readonly peers?: readonly number[];
}
