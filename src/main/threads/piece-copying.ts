/** Copying of pieces from one local content to another, by all transfer threads. Main never sees a byte. */
import { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { MiB } from '../../net/limits.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { HasherName } from '../../workers/messages/thread.js';
import type { TransferPool } from './transfer-pool.js';

/** Bytes of one run: enough to keep a thread busy, little enough to share the work evenly. */
const RUN_BYTES = 32 * MiB;

type CopyingPool = Pick<TransferPool, 'copy' | 'threadCount'>;

export interface CopyJob {
  readonly from: ContentSource;
  readonly to: ContentSource;
  /** What is copied to. */
  readonly description: Pick<Description, 'layout' | 'pieceHashes'>;
  /** Pieces of it, and where each lies in `from`. */
  readonly places: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
}

export class PieceCopying {
  readonly #pool: () => CopyingPool;
  readonly #hasher: HasherName;

  /** `pool` starts the threads when it is first called. */
  constructor(pool: () => CopyingPool, hasher: HasherName) {
    this.#pool = pool;
    this.#hasher = hasher;
  }

  /**
   * Answers the pieces that were right, and are copied.
   * @throws StorageError what the disk says of writing, CancelledError
   */
  async copy({ from, to, description, places, signal }: CopyJob): Promise<Bitfield> {
    const pool = this.#pool();
    const { layout } = description;
    const pieceHashes = new SharedArrayBuffer(description.pieceHashes.length);
    new Uint8Array(pieceHashes).set(description.pieceHashes);
    const copied = new Uint8Array(new SharedArrayBuffer(layout.pieceCount));
    const task = { from, to, layout, pieceHashes, copied, hasher: this.#hasher };
    const all = [...places];
    const most = Math.max(1, Math.floor(RUN_BYTES / layout.pieceLength));
    const work = async (): Promise<void> => {
      for (let run = all.splice(0, most); run.length > 0; run = all.splice(0, most)) {
        const [pieces, places] = [run.map(([piece]) => piece), run.map(([, place]) => place)];
        await pool.copy({ ...task, pieces, places }, signal);
      }
    };
    // All must have settled before the caller may close a file.
    const settled = await Promise.allSettled(Array.from({ length: pool.threadCount }, work));
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    const right = new Bitfield(layout.pieceCount);
    for (const [piece, isCopied] of copied.entries()) if (isCopied === 1) right.add(piece);
    return right;
  }
}
