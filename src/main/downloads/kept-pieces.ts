/**
 * Which verified pieces of a download are *kept* (their bytes were synced), and when the next sync
 * is due. Pure: the clock is handed in, and what a sync is, its owner knows. At most one sync runs;
 * what was verified before it began is kept when it succeeded. After one that failed none may be
 * tried: the system reports a write that was lost once, and the next sync would succeed over it.
 *
 *   a piece: verified → syncing → kept      verified | syncing → lost (the sync failed)
 */
import { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import { MAX_FILES_PER_SYNC_BYTES, SYNC_EVERY_BYTES, SYNC_EVERY_MS } from '../../net/limits.js';
import { pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'syncing'; readonly pieces: readonly number[] }
  | { readonly name: 'failed' };

const IDLE: State = { name: 'idle' };

export class KeptPieces {
  readonly #layout: PieceLayout;
  readonly #fileOf: (piece: number) => number;
  readonly #kept: Bitfield;
  #keptBytes = 0;
  /** Verified since the latest sync began, and their bytes. */
  #fresh: number[] = [];
  #freshBytes = 0;
  /** The files in which those lie. */
  readonly #freshFiles = new Set<number>();
  /** When the first of those was verified. */
  #freshSinceMs = 0;
  #state: State = IDLE;

  /**
   * `kept` is what an earlier run kept, and is true; `fileOf` tells the file in which a piece lies, by a
   * number of its own.
   */
  constructor(layout: PieceLayout, kept: Bitfield, fileOf: (piece: number) => number = oneFile) {
    this.#layout = layout;
    this.#fileOf = fileOf;
    this.#kept = new Bitfield(layout.pieceCount);
    for (const piece of kept.indexes()) this.#keep(piece);
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
      if (this.#fresh.length === 0) this.#freshSinceMs = nowMs;
      this.#fresh.push(piece);
      this.#freshBytes += pieceLengthAt(this.#layout, piece);
      this.#freshFiles.add(this.#fileOf(piece));
    }
  }

  /** A sync should begin now. */
  isDue(nowMs: number): boolean {
    if (this.#state.name !== 'idle' || this.#fresh.length === 0) return false;
    const files = Math.min(this.#freshFiles.size, MAX_FILES_PER_SYNC_BYTES);
    return (
      this.#freshBytes >= files * SYNC_EVERY_BYTES || nowMs - this.#freshSinceMs >= SYNC_EVERY_MS
    );
  }

  /** A sync begins, of all that was verified until now: these. */
  onSyncBegun(): readonly number[] {
    if (this.#state.name !== 'idle') bug(`a sync begins while one is ${this.#state.name}`);
    const pieces = this.#fresh;
    this.#state = { name: 'syncing', pieces };
    this.#fresh = [];
    this.#freshBytes = 0;
    this.#freshFiles.clear();
    return pieces;
  }

  /** It has succeeded: what was verified when it began is kept. */
  onSynced(): void {
    if (this.#state.name !== 'syncing') bug('a sync ended that had not begun');
    for (const piece of this.#state.pieces) this.#keep(piece);
    this.#state = IDLE;
  }

  /** It has failed: nothing but what is kept by now ever will be. */
  onSyncFailed(): void {
    if (this.#state.name !== 'syncing') bug('a sync failed that had not begun');
    this.#state = { name: 'failed' };
  }

  #keep(piece: number): void {
    if (this.#kept.add(piece)) this.#keptBytes += pieceLengthAt(this.#layout, piece);
  }
}

function oneFile(): number {
  return 0;
}
