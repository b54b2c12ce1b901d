/**
 * The state of every piece of a download, and how many peers have it. A piece is in
 * exactly one of four states:
 *   missing     nobody fetches it, it can be picked
 *   assigned    one peer fetches it
 *   duplicated  several peers fetch it (endgame); all but the first to verify are cancelled
 *   verified    on disk with the right SHA-1; never left again
 *   missing -> assigned -> verified; assigned <-> duplicated; back to missing when given back.
 * Owns the changes of the bitfields that peers registered. Does no work per piece of the
 * file on any event, save for the bitfield of a peer that comes or goes with half the file.
 */
import { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import { pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';
import { RarityIndex } from './rarity-index.js';

export type PieceState = 'missing' | 'assigned' | 'duplicated' | 'verified';

/** Names a peer within one download. */
export type PeerKey = string;

export class PieceTable {
  readonly layout: PieceLayout;
  /** Pieces that are to be fetched, or verified already; others are in none of the states. */
  readonly #wanted: Bitfield;
  readonly #verified: Bitfield;
  readonly #missing: Bitfield;
  /** Who fetches a piece; an entry exists only while assigned or duplicated, never empty. */
  readonly #holders = new Map<number, PeerKey[]>();
  readonly #rarity: RarityIndex;
  /** Bitfields that are counted as full, with what they lack as exceptions. */
  readonly #countedAsFull = new Set<Bitfield>();
  #verifiedBytes = 0;
  #leading = 0;

  /** `verified` are the pieces of an earlier run; the table keeps a copy. Of all, only `wanted` are fetched. */
  constructor(layout: PieceLayout, verified?: Bitfield, wanted?: Bitfield) {
    if (verified !== undefined && verified.length !== layout.pieceCount)
      bug('bits of another file');
    this.layout = layout;
    this.#wanted = wanted ?? Bitfield.full(layout.pieceCount);
    this.#verified = new Bitfield(layout.pieceCount);
    this.#missing = new Bitfield(layout.pieceCount);
    this.#rarity = new RarityIndex(layout.pieceCount);
    for (let piece = 0; piece < layout.pieceCount; piece++) {
      if (verified?.has(piece) === true) this.#complete(piece);
      else if (this.#wanted.has(piece)) this.#open(piece);
    }
  }

  /** Every piece that is wanted is verified. */
  get isComplete(): boolean {
    return this.outstanding === 0;
  }

  /** Wanted pieces that are not verified. */
  get outstanding(): number {
    return this.#missing.count + this.#holders.size;
  }

  get wanted(): Bitfield {
    return this.#wanted;
  }

  get verified(): Bitfield {
    return this.#verified;
  }

  /** Pieces from the beginning that are verified without a gap. */
  get leading(): number {
    return this.#leading;
  }

  get missing(): Bitfield {
    return this.#missing;
  }

  /** Of the wanted ones. */
  get verifiedBytes(): number {
    return this.#verifiedBytes;
  }

  /** Pieces that can be picked, by how many peers have them, rarest group first. */
  get rarestFirst(): readonly (readonly number[])[] {
    return this.#rarity.groups;
  }

  stateOf(piece: number): PieceState {
    if (this.#verified.has(piece)) return 'verified';
    const holders = this.#holders.get(piece);
    if (holders === undefined) return 'missing';
    return holders.length === 1 ? 'assigned' : 'duplicated';
  }

  /** Peers that have the piece. */
  availability(piece: number): number {
    return this.#rarity.availability(piece);
  }

  /** Peers that fetch the piece. */
  holdersOf(piece: number): readonly PeerKey[] {
    return this.#holders.get(piece) ?? [];
  }

  /** Counts a peer's pieces; from now on its bitfield changes only through this table. */
  addPeer(bits: Bitfield): void {
    if (bits.length !== this.layout.pieceCount) bug('a bitfield of another file');
    if (bits.count * 2 <= bits.length) {
      forEach(bits, true, (piece) => this.#rarity.shift(piece, 1));
      return;
    }
    this.#countedAsFull.add(bits);
    this.#rarity.shiftAll(1);
    forEach(bits, false, (piece) => this.#rarity.shift(piece, -1));
  }

  /** Takes a peer's pieces out of the counts. */
  removePeer(bits: Bitfield): void {
    if (!this.#countedAsFull.delete(bits)) {
      forEach(bits, true, (piece) => this.#rarity.shift(piece, -1));
      return;
    }
    this.#rarity.shiftAll(-1);
    forEach(bits, false, (piece) => this.#rarity.shift(piece, 1));
  }

  /** The peer of this bitfield has a further piece. */
  addHave(bits: Bitfield, piece: number): void {
    if (bits.add(piece)) this.#rarity.shift(piece, 1);
  }

  /** The peer of this bitfield has a piece no more. */
  removeHave(bits: Bitfield, piece: number): void {
    if (bits.remove(piece)) this.#rarity.shift(piece, -1);
  }

  /** A peer fetches the piece from now on. */
  assign(piece: number, peer: PeerKey): void {
    const holders = this.#holders.get(piece);
    if (holders?.includes(peer) === true) bug(`piece ${piece} assigned twice to one peer`);
    if (holders !== undefined) {
      holders.push(peer);
      return;
    }
    if (!this.#missing.remove(piece)) bug(`piece ${piece} assigned though it is verified`);
    this.#rarity.unlist(piece);
    this.#holders.set(piece, [peer]);
  }

  /** A peer fetches the piece no more; the piece is missing when it was the last one. */
  release(piece: number, peer: PeerKey): void {
    const holders = this.#holders.get(piece) ?? [];
    const at = holders.indexOf(peer);
    if (at < 0) bug(`piece ${piece} given back by a peer that did not fetch it`);
    holders.splice(at, 1);
    if (holders.length > 0) return;
    this.#holders.delete(piece);
    this.#open(piece);
  }

  /** The piece is on disk; answers the peers that were fetching it. */
  verify(piece: number): readonly PeerKey[] {
    if (this.#verified.has(piece)) bug(`piece ${piece} completed twice`);
    const holders = this.holdersOf(piece);
    if (this.#missing.remove(piece)) this.#rarity.unlist(piece);
    this.#holders.delete(piece);
    this.#complete(piece);
    return holders;
  }

  #open(piece: number): void {
    this.#missing.add(piece);
    this.#rarity.list(piece);
  }

  #complete(piece: number): void {
    this.#verified.add(piece);
    while (this.#leading < this.layout.pieceCount && this.#verified.has(this.#leading))
      this.#leading++;
    if (this.#wanted.has(piece)) this.#verifiedBytes += pieceLengthAt(this.layout, piece);
  }
}

/** Visits the pieces that are in the set, or those that are not; eight at a time where it can. */
function forEach(bits: Bitfield, isIn: boolean, visit: (piece: number) => void): void {
  const nothingToVisit = isIn ? 0 : 0xff;
  for (let at = 0; at < bits.bytes.length; at++) {
    if (bits.bytes[at] === nothingToVisit) continue;
    const end = Math.min((at + 1) * 8, bits.length);
    for (let piece = at * 8; piece < end; piece++) if (bits.has(piece) === isIn) visit(piece);
  }
}
