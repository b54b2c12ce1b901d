/**
 * Chooses the next missing piece to fetch from a peer: rarest first, ties broken by chance;
 * the very first pieces of a download by chance alone, because rare pieces come slowly and
 * a downloader without any piece has nothing to give. Pure: chance is handed in, and the
 * table is only read.
 *
 * A pick tries a bounded number of pieces, rarest group first. Only a peer that lacks all
 * of them costs a scan of bitfields, eight pieces at a step, and then the rarest of a
 * sample is taken; with up to SCAN_SAMPLE candidates the sample is all of them.
 */
import type { Bitfield } from '../../net/bitfield.js';
import type { PieceTable } from './piece-table.js';

/** Pieces begun by chance before rarity counts, as in libtorrent and BEP 3 clients. */
const RANDOM_FIRST_PIECES = 4;
/** Tries to hit a piece that the peer has, by chance alone. */
const RANDOM_TRIES = 32;
/** Pieces looked at, over all groups, before the scan. */
const MAX_TRIES = 512;
/** Candidates of a scan among which the rarest wins. */
const SCAN_SAMPLE = 256;

/** A number at or above 0 and below 1. */
export type Random = () => number;

/** What the picker must know of a peer. */
export interface PieceSource {
  /** What the peer has. */
  readonly bits: Bitfield;
  /** False for a piece that this peer must not be asked for although it has it. */
  mayFetch(piece: number): boolean;
}

export class PiecePicker {
  readonly #table: PieceTable;
  readonly #random: Random;

  constructor(table: PieceTable, random: Random) {
    this.#table = table;
    this.#random = random;
  }

  /** A missing piece that this peer has and may be asked for, if there is one. */
  pick(source: PieceSource): number | undefined {
    const { missing } = this.#table;
    if (missing.count === 0) return undefined;
    const isFirst = missing.length - missing.count < RANDOM_FIRST_PIECES;
    return (isFirst ? this.#pickByChance(source) : undefined) ?? this.#pickRarest(source);
  }

  #pickByChance(source: PieceSource): number | undefined {
    const { missing } = this.#table;
    for (let tried = 0; tried < RANDOM_TRIES; tried++) {
      const piece = this.#below(missing.length);
      if (missing.has(piece) && isFor(source, piece)) return piece;
    }
    return undefined;
  }

  #pickRarest(source: PieceSource): number | undefined {
    let tried = 0;
    for (const group of this.#table.rarestFirst) {
      if (group.length === 0 || this.#table.availability(group[0]!) === 0) continue;
      const start = this.#below(group.length);
      for (let step = 0; step < group.length; step++) {
        if (tried++ === MAX_TRIES) return this.#pickFromScan(source);
        const piece = group[(start + step) % group.length]!;
        if (isFor(source, piece)) return piece;
      }
    }
    return undefined;
  }

  #pickFromScan(source: PieceSource): number | undefined {
    const missing = this.#table.missing.bytes;
    const start = this.#below(missing.length);
    const best = new RarestOfSample(this.#table);
    for (let step = 0; step < missing.length && !best.isFull; step++) {
      const at = (start + step) % missing.length;
      const common = missing[at]! & source.bits.bytes[at]!;
      if (common === 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        const piece = at * 8 + bit;
        if ((common & (0x80 >> bit)) !== 0 && source.mayFetch(piece)) best.offer(piece);
      }
    }
    return best.piece;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function isFor(source: PieceSource, piece: number): boolean {
  return source.bits.has(piece) && source.mayFetch(piece);
}

/** Keeps the rarest of the pieces it was offered, the first one among equals. */
class RarestOfSample {
  readonly #table: PieceTable;
  #offered = 0;
  #availability = Infinity;
  piece: number | undefined;

  constructor(table: PieceTable) {
    this.#table = table;
  }

  get isFull(): boolean {
    return this.#offered >= SCAN_SAMPLE;
  }

  offer(piece: number): void {
    this.#offered++;
    const availability = this.#table.availability(piece);
    if (availability >= this.#availability) return;
    this.#availability = availability;
    this.piece = piece;
  }
}
