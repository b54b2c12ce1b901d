/**
 * Which verified pieces of a download are *kept* (their bytes were synced), and when the next sync
 * is due. Pure: the clock is handed in, and what a sync is, its owner knows. By itself one sync is due
 * at a time; the last one may begin beside it. What was verified before a sync began is kept when that, and
 * every other that ran beside it, has succeeded: the system reports a write that was lost to one of them. After
 * one that failed none may be tried, because the next would succeed over what was lost.
 *
 *   a piece: verified → syncing → kept      verified | syncing → lost (the sync failed)
 */
import { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import {
  LEAST_SYNC_BYTES,
  MAX_FILES_PER_SYNC_BYTES,
  SYNC_EVERY_BYTES,
  SYNC_EVERY_MS,
} from '../../net/limits.js';
import { pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';

export interface KeptPiecesOptions {
  readonly layout: PieceLayout;
  /** What an earlier run kept, and is true. */
  readonly kept: Bitfield;
  /** Pieces that are still to come. @default all that are not kept */
  readonly toCome?: Bitfield;
  /** The file in which a piece lies, by a number of its own. @default all in one */
  readonly fileOf?: (piece: number) => number;
  /** A sync is due only when something has not been synced for so long. @default `SYNC_EVERY_MS`, or enough bytes */
  readonly onlyEveryMs?: number;
}

type State =
  | { readonly name: 'idle' }
  /** So many syncs run; the pieces that they keep together. */
  | { readonly name: 'syncing'; readonly count: number; readonly pieces: readonly number[] }
  | { readonly name: 'failed' };

const IDLE: State = { name: 'idle' };

export class KeptPieces {
  readonly #layout: PieceLayout;
  readonly #fileOf: (piece: number) => number;
  readonly #onlyEveryMs: number | undefined;
  readonly #kept: Bitfield;
  #keptBytes = 0;
  readonly #toCome: Bitfield;
  #toComeBytes = 0;
  #hasBegun = false;
  /** Verified since the latest sync began, and their bytes. */
  #fresh: number[] = [];
  #freshBytes = 0;
  /** The files in which those lie. */
  readonly #freshFiles = new Set<number>();
  /** When the first of those was verified. */
  #freshSinceMs = 0;
  #state: State = IDLE;

  constructor({ layout, kept, toCome, fileOf = oneFile, onlyEveryMs }: KeptPiecesOptions) {
    this.#layout = layout;
    this.#onlyEveryMs = onlyEveryMs;
    this.#fileOf = fileOf;
    this.#kept = new Bitfield(layout.pieceCount);
    for (const piece of kept.indexes()) this.#keep(piece);
    const all = Bitfield.full(layout.pieceCount);
    // It is taken from, and nobody else's.
    this.#toCome = (toCome ?? all).without(kept).and(all);
    for (const piece of this.#toCome.indexes()) this.#toComeBytes += pieceLengthAt(layout, piece);
  }

  /** The pieces that are on the disk; whoever keeps it sees it grow. */
  get kept(): Bitfield {
    return this.#kept;
  }

  /** Bytes of the kept pieces. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Some verified pieces are not kept, and no sync that would keep them has begun. */
  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  /** Verified pieces that are not kept. */
  get unkept(): number[] {
    return this.#state.name === 'syncing' ? [...this.#state.pieces, ...this.#fresh] : this.#fresh;
  }

  get isSyncing(): boolean {
    return this.#state.name === 'syncing';
  }

  /** These were verified and written; those that are kept already stay so. */
  onVerified(pieces: readonly number[], nowMs: number): void {
    for (const piece of pieces) {
      if (this.#kept.has(piece)) continue;
      if (this.#toCome.remove(piece)) this.#toComeBytes -= pieceLengthAt(this.#layout, piece);
      if (this.#fresh.length === 0) this.#freshSinceMs = nowMs;
      this.#fresh.push(piece);
      this.#freshBytes += pieceLengthAt(this.#layout, piece);
      this.#freshFiles.add(this.#fileOf(piece));
    }
  }

  /** A sync should begin now. */
  isDue(nowMs: number): boolean {
    if (this.#state.name !== 'idle' || this.#fresh.length === 0) return false;
    const freshMs = nowMs - this.#freshSinceMs;
    if (this.#onlyEveryMs !== undefined) return freshMs >= this.#onlyEveryMs;
    const files = Math.min(this.#freshFiles.size, MAX_FILES_PER_SYNC_BYTES);
    return this.#freshBytes >= files * this.#syncEveryBytes || freshMs >= SYNC_EVERY_MS;
  }

  /** Towards the end, less and less: then it waits for little. What is over before the first sync needs one. */
  get #syncEveryBytes(): number {
    if (!this.#hasBegun) return SYNC_EVERY_BYTES;
    return Math.min(SYNC_EVERY_BYTES, Math.max(LEAST_SYNC_BYTES, this.#toComeBytes / 2));
  }

  /** A sync begins, of all that was verified until now: these. One that runs goes on beside it. */
  onSyncBegun(): readonly number[] {
    if (this.#state.name === 'failed') bug('a sync begins after one that failed');
    const pieces = this.#fresh;
    const [count, before] =
      this.#state.name === 'syncing' ? [this.#state.count, this.#state.pieces] : [0, []];
    this.#state = { name: 'syncing', count: count + 1, pieces: [...before, ...pieces] };
    this.#hasBegun = true;
    this.#fresh = [];
    this.#freshBytes = 0;
    this.#freshFiles.clear();
    return pieces;
  }

  /**
   * One has succeeded: what was verified when it began is kept, once no other runs beside it. True when
   * pieces are kept by that.
   */
  onSynced(): boolean {
    if (this.#state.name === 'idle') bug('a sync ended that had not begun');
    // Perhaps what this one did not report was lost.
    if (this.#state.name === 'failed') return false;
    const { count, pieces } = this.#state;
    if (count > 1) {
      this.#state = { name: 'syncing', count: count - 1, pieces };
      return false;
    }
    for (const piece of pieces) this.#keep(piece);
    this.#state = IDLE;
    return true;
  }

  /** One has failed: nothing but what is kept by now ever will be. */
  onSyncFailed(): void {
    if (this.#state.name === 'idle') bug('a sync failed that had not begun');
    this.#state = { name: 'failed' };
  }

  #keep(piece: number): void {
    if (this.#kept.add(piece)) this.#keptBytes += pieceLengthAt(this.#layout, piece);
  }
}

function oneFile(): number {
  return 0;
}
