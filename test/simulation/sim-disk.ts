/**
 * Memory and disk of a simulated client, in which a block is one number: the tag of its content. A
 * block that nobody wrote is 0, a corrupt one is negative. Slots, hashes and places in the file are
 * those of the product, so a block that lands in the wrong piece is a wrong tag there.
 */
import { pieceLengthAt, pieceOffset, type PieceLayout } from '../../src/net/piece-layout.js';
import { SHA1_BYTES } from '../../src/net/description.js';
import type { Later } from '../../src/net/later.js';
import { HASH_BATCH_WAIT_MS } from '../../src/net/limits.js';
import type { PieceSlots, Slot } from '../../src/workers/memory/piece-slots.js';
import type { PieceJob, PieceWriter } from '../../src/workers/fetching/piece-writer.js';

/** What SHA-1 kernel and thread do together. */
const BATCH = 4;

/** The file that everybody shares. */
export class SimFile {
  readonly layout: PieceLayout;
  readonly blockLength: number;
  readonly blocksPerPiece: number;
  /** In the first bytes of a hash stands the piece that it is of. */
  readonly hashes: SharedArrayBuffer;

  constructor(layout: PieceLayout, blockLength: number) {
    this.layout = layout;
    this.blockLength = blockLength;
    this.blocksPerPiece = layout.pieceLength / blockLength;
    this.hashes = new SharedArrayBuffer(layout.pieceCount * SHA1_BYTES);
    const view = new DataView(this.hashes);
    for (let piece = 0; piece < layout.pieceCount; piece++)
      view.setUint32(piece * SHA1_BYTES, piece);
  }

  /** The right tag of the block that begins at a byte of the file. */
  tagAt(at: number): number {
    return 1 + at / this.blockLength;
  }

  /** The right tags of a piece. */
  tagsOf(piece: number): number[] {
    const blocks = Math.ceil(pieceLengthAt(this.layout, piece) / this.blockLength);
    const first = this.tagAt(pieceOffset(this.layout, piece));
    return Array.from({ length: blocks }, (_, block) => first + block);
  }
}

export class SimDisk {
  readonly #file: SimFile;
  readonly #tags = new Map<number, number>();

  constructor(file: SimFile) {
    this.#file = file;
  }

  fill(): void {
    for (let piece = 0; piece < this.#file.layout.pieceCount; piece++) {
      this.write(pieceOffset(this.#file.layout, piece), this.#file.tagsOf(piece));
    }
  }

  read(at: number): number {
    return this.#tags.get(at) ?? 0;
  }

  write(at: number, tags: readonly number[]): void {
    for (const [block, tag] of tags.entries())
      this.#tags.set(at + block * this.#file.blockLength, tag);
  }

  /** True when every byte of a piece is what it should be. */
  hasRight(piece: number): boolean {
    const at = pieceOffset(this.#file.layout, piece);
    const tags = this.#file.tagsOf(piece);
    return tags.every((tag, block) => this.read(at + block * this.#file.blockLength) === tag);
  }
}

/** Slots of one thread: the tag of each block that lies in them, by address. */
export type SlotTags = Map<number, number>;

export class SimWriter implements Pick<PieceWriter, 'submit' | 'flush'> {
  readonly #file: SimFile;
  readonly #disk: SimDisk;
  readonly #slots: PieceSlots;
  readonly #tags: SlotTags;
  readonly #later: Later;
  #jobs: PieceJob[] = [];
  #waiting: (() => void) | undefined;

  constructor(file: SimFile, disk: SimDisk, slots: PieceSlots, tags: SlotTags, later: Later) {
    this.#file = file;
    this.#disk = disk;
    this.#slots = slots;
    this.#tags = tags;
    this.#later = later;
  }

  submit(job: PieceJob): void {
    this.#jobs.push(job);
    if (this.#jobs.length >= BATCH) this.flush();
    else this.#waiting ??= this.#later(HASH_BATCH_WAIT_MS, () => this.flush());
  }

  flush(): void {
    this.#waiting?.();
    this.#waiting = undefined;
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const { slot, at, sha1, onDone } of jobs) {
      const tags = this.#take(slot);
      const piece = new DataView(sha1.buffer, sha1.byteOffset).getUint32(0);
      const isRight = this.isRight(piece, tags);
      if (isRight) this.#disk.write(at, tags);
      this.#slots.release(slot);
      onDone({ type: isRight ? 'written' : 'mismatch' });
    }
  }

  /** What SHA-1 says of a piece. */
  isRight(piece: number, tags: readonly number[]): boolean {
    const right = this.#file.tagsOf(piece);
    return tags.length === right.length && tags.every((tag, block) => tag === right[block]);
  }

  #take({ at, length }: Slot): number[] {
    const tags: number[] = [];
    for (let offset = 0; offset < length; offset += this.#file.blockLength) {
      tags.push(this.#tags.get(at + offset) ?? 0);
      this.#tags.delete(at + offset);
    }
    return tags;
  }
}
