/** An offered file without a disk behind it: a test says when it opens, and whether it can. */
import type { FileHandle } from 'node:fs/promises';
import type { OpenFile } from '../../../src/main/disk/open-files.js';
import type { Offer } from '../../../src/main/sharing/uploads.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import type { StorageError } from '../../../src/net/errors.js';
import { KiB } from '../../../src/net/limits.js';
import { pieceLayout, type PieceLayout } from '../../../src/net/piece-layout.js';

export const PIECE_COUNT = 4;

/** A descriptor that remembers whether it was let go. */
export class FakeFile implements OpenFile {
  readonly fd: number;
  isReleased = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  get handle(): FileHandle {
    throw new Error('there is no disk behind a fake file');
  }

  retain(): OpenFile {
    throw new Error('uploads open a file for each session');
  }

  async release(): Promise<void> {
    this.isReleased = true;
  }
}

export class FakeOffer implements Offer {
  readonly groupId: string;
  readonly fileId: string;
  readonly layout: PieceLayout = pieceLayout(PIECE_COUNT * 256 * KiB, 256 * KiB)!;
  readonly pieces: Bitfield;
  /** What was opened, in order; the first has the descriptor `firstFd`. */
  readonly files: FakeFile[] = [];
  readonly #firstFd: number;
  /** What the disk says instead of opening. */
  error: StorageError | undefined;
  /** What an open waits for, when a test holds it up. */
  gate: Promise<void> | undefined;

  constructor(groupId: string, fileId: string, firstFd = 10, pieces = Bitfield.full(PIECE_COUNT)) {
    this.groupId = groupId;
    this.fileId = fileId;
    this.#firstFd = firstFd;
    this.pieces = pieces;
  }

  async open(): Promise<OpenFile> {
    await this.gate;
    if (this.error) throw this.error;
    const file = new FakeFile(this.#firstFd + this.files.length);
    this.files.push(file);
    return file;
  }
}
