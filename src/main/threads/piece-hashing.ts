/**
 * Hashing of a local file's pieces in the transfer threads: all of them when it is shared, the
 * candidates when an interrupted download goes on. Main hands out runs of pieces; it never
 * sees a byte of the file.
 */
import { Bitfield } from '../../net/bitfield.js';
import { SHA1_BYTES, type Description } from '../../net/description.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { HasherName } from '../../workers/messages/thread.js';
import type { TransferPool } from './transfer-pool.js';

/** Bytes of one run: enough to keep a thread busy, little enough to share the work evenly. */
const RUN_BYTES = 32 * 1024 * 1024;

/** Consecutive pieces. */
interface PieceRun {
  readonly firstPiece: number;
  readonly pieceCount: number;
}

/** Consecutive pieces of which the hashes are known, 20 bytes each. */
export interface HashedRun {
  readonly firstPiece: number;
  readonly hashes: Uint8Array;
}

/** The threads, as far as they hash. */
type HashingPool = Pick<TransferPool, 'hash' | 'sha256' | 'threadCount'>;

/** A file whose pieces are to be hashed. */
export interface HashingJob {
  readonly pool: HashingPool;
  readonly hasher: HasherName;
  readonly content: ContentSource;
  readonly layout: PieceLayout;
  /** These are not hashed again. @default none */
  readonly known?: readonly HashedRun[];
  readonly onHashed?: (pieces: number) => void;
  readonly signal?: AbortSignal;
}

/** Whole pieces of a file that may grow yet. */
export interface RunToHash extends PieceRun {
  readonly content: ContentSource;
  readonly pieceLength: number;
}

/** A file's bytes and how they are cut. */
type HashedFile = Omit<HashingJob, 'pool' | 'hasher'>;

/** Hashing with the threads and the engine of one client. */
export class PieceHashing {
  readonly #pool: () => HashingPool;
  readonly #hasher: HasherName;

  /** `pool` starts the threads when it is first called. */
  constructor(pool: () => HashingPool, hasher: HasherName) {
    this.#pool = pool;
    this.#hasher = hasher;
  }

  /** See `hashFile`. */
  hashFile(file: HashedFile): Promise<Uint8Array> {
    return hashFile({ ...file, pool: this.#pool(), hasher: this.#hasher });
  }

  /** SHA-1 of each piece of a run, 20 bytes each. @throws P2pError with a storage code */
  async hashRun({ content, pieceLength, firstPiece, pieceCount }: RunToHash): Promise<HashedRun> {
    const end = firstPiece + pieceCount;
    const layout = { size: end * pieceLength, pieceLength, pieceCount: end };
    const digests = new SharedArrayBuffer(end * SHA1_BYTES);
    const run = { content, layout, firstPiece, pieceCount, digests, hasher: this.#hasher };
    await this.#pool().hash(run, undefined);
    return { firstPiece, hashes: new Uint8Array(digests, firstPiece * SHA1_BYTES).slice() };
  }

  /** See `checkPieces`. */
  checkPieces(file: HashedFile, description: Description, candidates: Bitfield): Promise<Bitfield> {
    const job = { ...file, pool: this.#pool(), hasher: this.#hasher };
    return checkPieces(job, description, candidates);
  }

  /** SHA-256 of a whole file, 32 bytes. @throws P2pError with a storage code */
  sha256(file: { readonly content: ContentSource; readonly size: number }): Promise<Uint8Array> {
    return this.#pool().sha256(file);
  }
}

/**
 * SHA-1 of every piece, 20 bytes each.
 * @throws TrackerError with a storage code, or CANCELLED
 */
export async function hashFile(job: HashingJob): Promise<Uint8Array> {
  const { layout, known = [] } = job;
  const isKnown = piecesOf(known, layout);
  const runs = runsOf(layout, (piece) => !isKnown.has(piece));
  if (isKnown.count > 0) job.onHashed?.(isKnown.count);
  const digests = await hashRuns(job, runs);
  for (const { firstPiece, hashes } of known)
    new Uint8Array(digests).set(hashes, firstPiece * SHA1_BYTES);
  // What goes on into a description must not be shared memory.
  return new Uint8Array(digests).slice();
}

/**
 * Those of the candidate pieces whose bytes really match the description.
 * @throws TrackerError with a storage code, or CANCELLED
 */
async function checkPieces(
  job: HashingJob,
  description: Description,
  candidates: Bitfield,
): Promise<Bitfield> {
  const { layout, pieceHashes } = description;
  const digests = Buffer.from(
    await hashRuns(
      job,
      runsOf(layout, (piece) => candidates.has(piece)),
    ),
  );
  const verified = new Bitfield(layout.pieceCount);
  for (const piece of candidates.indexes()) {
    const from = piece * SHA1_BYTES;
    const to = from + SHA1_BYTES;
    if (digests.compare(pieceHashes, from, to, from, to) === 0) verified.add(piece);
  }
  return verified;
}

/** The whole pieces of these runs; a bug when they are of another file. */
function piecesOf(runs: readonly HashedRun[], { pieceCount }: PieceLayout): Bitfield {
  const pieces = new Bitfield(pieceCount);
  for (const { firstPiece, hashes } of runs) {
    for (let at = 0; at < hashes.length / SHA1_BYTES; at++) pieces.add(firstPiece + at);
  }
  return pieces;
}

/** Works through the runs, one per thread at a time. */
async function hashRuns(job: HashingJob, runs: PieceRun[]): Promise<SharedArrayBuffer> {
  const { pool, hasher, content, layout, onHashed, signal } = job;
  const digests = new SharedArrayBuffer(layout.pieceCount * SHA1_BYTES);
  const work = async (): Promise<void> => {
    for (let run = runs.shift(); run; run = runs.shift()) {
      await pool.hash({ content, layout, ...run, digests, hasher }, onHashed, signal);
    }
  };
  const workers = Array.from({ length: pool.threadCount }, work);
  // All must have settled before the caller may close the file.
  for (const settled of await Promise.allSettled(workers)) {
    if (settled.status === 'rejected') throw settled.reason;
  }
  return digests;
}

function runsOf(layout: PieceLayout, isWanted: (piece: number) => boolean): PieceRun[] {
  const most = Math.max(1, Math.floor(RUN_BYTES / layout.pieceLength));
  const runs: PieceRun[] = [];
  let pieceCount = 0;
  for (let piece = 0; piece <= layout.pieceCount; piece++) {
    const isPart = piece < layout.pieceCount && isWanted(piece);
    if (pieceCount > 0 && (!isPart || pieceCount === most)) {
      runs.push({ firstPiece: piece - pieceCount, pieceCount });
      pieceCount = 0;
    }
    if (isPart) pieceCount++;
  }
  return runs;
}
