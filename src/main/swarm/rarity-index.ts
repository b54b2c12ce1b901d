/**
 * How many peers have each piece, and the missing pieces grouped by that number, so that
 * the rarest are found without sorting: libtorrent's piece_picker keeps the same groups.
 * A peer that has nearly everything is counted once for all pieces (`shiftAll`), with the
 * pieces it lacks as exceptions; the order by rarity needs the exceptions alone. Every
 * change costs the same whatever the number of pieces.
 */
import { MAX_PEERS_PER_DOWNLOAD } from '../../net/limits.js';
import { bug } from '../../net/errors.js';

const UNLISTED = -1;

export class RarityIndex {
  /** Peers that have the piece, beyond those counted for all pieces; may be negative. */
  readonly #offsets: Int16Array;
  /** Place of a piece in its group, or UNLISTED. */
  readonly #places: Int32Array;
  /** Listed pieces by offset, which starts at -MAX_PEERS_PER_DOWNLOAD. */
  readonly #groups: number[][];
  #base = 0;

  constructor(pieceCount: number) {
    this.#offsets = new Int16Array(pieceCount);
    this.#places = new Int32Array(pieceCount).fill(UNLISTED);
    this.#groups = Array.from({ length: 2 * MAX_PEERS_PER_DOWNLOAD + 1 }, () => []);
  }

  /** Peers that have the piece. */
  availability(piece: number): number {
    return this.#base + this.#offsets[piece]!;
  }

  /** Listed pieces by group, rarest group first; groups may be empty. */
  get groups(): readonly (readonly number[])[] {
    return this.#groups;
  }

  /** One more (1) or less (-1) peer for every piece. */
  shiftAll(by: 1 | -1): void {
    this.#base += by;
  }

  /** One more (1) or less (-1) peer for one piece. */
  shift(piece: number, by: 1 | -1): void {
    const isListed = this.#places[piece] !== UNLISTED;
    if (isListed) this.unlist(piece);
    this.#offsets[piece]! += by;
    if (isListed) this.list(piece);
  }

  /** Puts a piece among those that can be picked. */
  list(piece: number): void {
    if (this.#places[piece] !== UNLISTED) bug(`piece ${piece} listed twice`);
    this.#places[piece] = this.#groupOf(piece).push(piece) - 1;
  }

  /** Takes a piece away from those that can be picked. */
  unlist(piece: number): void {
    const group = this.#groupOf(piece);
    const place = this.#places[piece]!;
    if (group[place] !== piece) bug(`piece ${piece} not listed`);
    const last = group.pop()!;
    if (last !== piece) {
      group[place] = last;
      this.#places[last] = place;
    }
    this.#places[piece] = UNLISTED;
  }

  #groupOf(piece: number): number[] {
    return (
      this.#groups[this.#offsets[piece]! + MAX_PEERS_PER_DOWNLOAD] ??
      bug(`piece ${piece} at more than ${MAX_PEERS_PER_DOWNLOAD} peers`)
    );
  }
}
