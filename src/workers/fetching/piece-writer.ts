/**
 * Takes complete pieces that lie in slots, checks their SHA-1 in batches, writes those that
 * match to their place in the file, and releases the slots. One per thread and engine; it
 * serves all sessions of the thread, so that the hasher's lanes are filled across peers.
 * Bytes reach the disk only after their SHA-1 matched.
 */
import { StorageError, toWireError, type WireError } from '../../net/errors.js';
import { HASH_BATCH_WAIT_MS } from '../../net/limits.js';
import { SHA1_BYTES } from '../../net/description.js';
import type { Content } from '../disk/content.js';
import { usePieceHasher } from '../hashing/create-piece-hasher.js';
import type { PieceHasher } from '../hashing/piece-hasher.js';
import type { PieceSlots, Slot } from '../memory/piece-slots.js';
import type { ThreadMemory } from '../memory/thread-memory.js';
import type { HasherName } from '../messages/thread.js';

/** A complete piece, to be checked and written. */
export interface PieceJob {
  readonly slot: Slot;
  readonly content: Pick<Content, 'write'>;
  /** Where the piece begins in the content. */
  readonly at: number;
  /** The 20 bytes the piece must hash to. */
  readonly sha1: Uint8Array;
  /** Called once, after the slot was released. */
  readonly onDone: (result: PieceResult) => void;
}

/** What became of a piece. */
export type PieceResult =
  | { readonly type: 'written' }
  | { readonly type: 'mismatch' }
  | { readonly type: 'storage-failed'; readonly error: WireError };

const pieceWriters = new Map<HasherName, Promise<PieceWriter>>();

/** The thread's one writer of pieces for an engine; made at the first call. */
export function usePieceWriter(name: HasherName, thread: ThreadMemory): Promise<PieceWriter> {
  let writer = pieceWriters.get(name);
  if (!writer) {
    const { bytes, slots } = thread;
    writer = usePieceHasher(name, thread).then((hasher) => new PieceWriter(hasher, bytes, slots));
    pieceWriters.set(name, writer);
  }
  return writer;
}

export class PieceWriter {
  readonly #hasher: PieceHasher;
  readonly #bytes: Buffer;
  readonly #slots: PieceSlots;
  readonly #digests: Uint8Array;
  #jobs: PieceJob[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(hasher: PieceHasher, bytes: Buffer, slots: PieceSlots) {
    this.#hasher = hasher;
    this.#bytes = bytes;
    this.#slots = slots;
    this.#digests = new Uint8Array(hasher.batch * SHA1_BYTES);
  }

  /** Takes a piece; it is handled when a batch is full, or a few milliseconds later. */
  submit(job: PieceJob): void {
    this.#jobs.push(job);
    if (this.#jobs.length >= this.#hasher.batch) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), HASH_BATCH_WAIT_MS);
  }

  /** Handles everything that was submitted, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const jobs = this.#jobs;
    this.#jobs = [];
    for (let first = 0; first < jobs.length; first += this.#hasher.batch) {
      this.#finish(jobs.slice(first, first + this.#hasher.batch));
    }
  }

  #finish(batch: readonly PieceJob[]): void {
    this.#hasher.sha1(
      batch.map((job) => job.slot),
      this.#digests,
    );
    for (const [position, job] of batch.entries()) {
      const digest = this.#digests.subarray(position * SHA1_BYTES, (position + 1) * SHA1_BYTES);
      const result = Buffer.compare(digest, job.sha1) === 0 ? this.#write(job) : MISMATCH;
      this.#slots.release(job.slot);
      job.onDone(result);
    }
  }

  #write(job: PieceJob): PieceResult {
    const { slot, content, at } = job;
    try {
      content.write(at, this.#bytes, slot.at, slot.length);
      return WRITTEN;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return { type: 'storage-failed', error: toWireError(error) };
    }
  }
}

const WRITTEN: PieceResult = { type: 'written' };
const MISMATCH: PieceResult = { type: 'mismatch' };
