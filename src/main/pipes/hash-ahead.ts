/**
 * Has pieces of an input hashed while more of it comes. How long the pieces will be depends on the size, which nobody
 * knows before the end. Up to `AHEAD_FROM_BYTES` the length changes with every doubling, so nothing is hashed before
 * more has come, or all of it has: then beside the last sync. Beyond that the pieces are as long as is right for what
 * has come, and are hashed anew when that is more than was thought; a wrong guess costs time alone. Owns how far that
 * is; whoever shares the input hashes the rest.
 */
import { crash, detach } from '../../net/detach.js';
import { AHEAD_FROM_BYTES, AHEAD_RUN_BYTES, MAX_RUNS_AHEAD } from '../../net/limits.js';
import { choosePieceLength } from '../../net/piece-layout.js';

/** Whole pieces that are written. */
export interface RunAhead {
  readonly pieceLength: number;
  readonly firstPiece: number;
  readonly pieceCount: number;
}

export class HashAhead {
  readonly #hash: (run: RunAhead) => Promise<void>;
  readonly #running = new Set<Promise<void>>();
  #writtenBytes = 0;
  #isWhole = false;
  #pieceLength = 0;
  #nextPiece = 0;
  /** It could not be done once, or nobody wants it any more: the end does without. */
  #isOver = false;

  constructor(hash: (run: RunAhead) => Promise<void>) {
    this.#hash = hash;
  }

  /** So much is in the file by now. */
  onWritten(bytes: number): void {
    this.#writtenBytes = bytes;
    this.#begin();
  }

  /** Nothing more comes: resolves when all whole pieces are hashed, or it could not be done. */
  async finish(): Promise<void> {
    this.#isWhole = true;
    this.#begin();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Begins nothing more; resolves when nothing is hashed any more. */
  async settled(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  #begin(): void {
    if (!this.#isWhole && this.#writtenBytes <= AHEAD_FROM_BYTES) return;
    const pieceLength = choosePieceLength(this.#writtenBytes);
    if (pieceLength !== this.#pieceLength) {
      this.#pieceLength = pieceLength;
      this.#nextPiece = 0;
    }
    const wholePieces = Math.floor(this.#writtenBytes / pieceLength);
    const most = AHEAD_RUN_BYTES / pieceLength;
    while (!this.#isOver && this.#running.size < MAX_RUNS_AHEAD) {
      const firstPiece = this.#nextPiece;
      const pieceCount = Math.min(most, wholePieces - firstPiece);
      if (pieceCount < (this.#isWhole ? 1 : most)) return;
      this.#nextPiece += pieceCount;
      const run = this.#run({ pieceLength, firstPiece, pieceCount }).finally(() => {
        this.#running.delete(run);
        this.#begin();
      });
      this.#running.add(run);
      detach(() => run, crash);
    }
  }

  async #run(run: RunAhead): Promise<void> {
    try {
      await this.#hash(run);
    } catch {
      // Whatever it was, a thread that died included: only time is lost. The same is done at the end, and fails there
      // again if it has to.
      this.#isOver = true;
    }
  }
}
