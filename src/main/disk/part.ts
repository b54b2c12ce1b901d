/** What a download grows in until it has its place: one file (part-file.ts) or a folder (part-folder.ts). */
import type { Bitfield } from '../../net/bitfield.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { DiskSync } from './disk-sync.js';
import type { FileStamp } from './file-stamp.js';
import type { OpenContent } from './open-files.js';

export interface Part {
  /** For the threads that fill it. */
  readonly content: ContentSource;
  /** Where its name is, now and later. */
  readonly folder: string;
  /** As it was when it was opened, before anything was done to it. */
  readonly leftStamp: FileStamp;
  /** Nothing of an earlier run is in it. */
  readonly isFresh: boolean;
  /** It has its final name already; whether it is the right content, only hashing can tell. */
  readonly isPlaced: boolean;
  /** Where what it took the place of is kept; set only when it is placed. */
  readonly olderPath: string | undefined;
  /** Those of some pieces whose bytes may be in it. */
  held(pieces: Bitfield): Bitfield;
  /** Which of the files that grow has a piece, by a number of its own. */
  fileOf(piece: number): number;
  /** Counts one more user, who lets go by itself. */
  retain(): OpenContent;
  /**
   * Resolves when the bytes of these pieces are on the disk; answers how it is then.
   * @throws StorageError
   */
  sync(sync: DiskSync, pieces: readonly number[]): Promise<FileStamp>;
  /**
   * Gives the whole content its place; answers its stamp there.
   * @throws StorageError DESTINATION_EXISTS when that was taken meanwhile; nothing is lost by that
   */
  place(signal: AbortSignal): Promise<FileStamp>;
  /** The finished content is under its name, and that on the disk: what is left besides it goes. */
  discard(): Promise<void>;
  /** Lets go. Idempotent. */
  release(): Promise<void>;
}
