/** The table of what this client serves: by group, then by file. Decides nothing. */
import type { Bitfield } from '../../net/bitfield.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { OpenContent } from '../disk/open-files.js';

/** What an offer has opened for one session. */
export interface OfferedContent extends OpenContent {
  retain(): OfferedContent;
  /**
   * Looks at it again; absent where nobody else writes.
   * @throws StorageError FILE_CHANGED when it is no longer what was shared
   */
  check?(): Promise<void>;
}

/** A file that may be served: on disk as a whole, or growing under a download. */
export interface Offer {
  readonly fileId: string;
  readonly groupId: string;
  /** What it is called there. */
  readonly name: string;
  /** Where the whole file lies; absent while it grows. */
  readonly path?: string;
  readonly layout: PieceLayout;
  /** Pieces that may be read; a growing file adds to it and says so with `onPiecesGained`. */
  readonly pieces: Bitfield;
  /** Those that the files of a folder on disk had when they were last known to be right. */
  stamps?(): FolderStamps | undefined;
  /**
   * Opens the bytes for one session.
   * @throws StorageError FILE_CHANGED or FILE_NOT_FOUND when they are not what was shared
   */
  open(): Promise<OfferedContent>;
}

export class Offers {
  readonly #byGroup = new Map<string, Map<string, Offer>>();

  /** Every offer. */
  *all(): Generator<Offer> {
    for (const files of this.#byGroup.values()) yield* files.values();
  }

  get groupIds(): string[] {
    return [...this.#byGroup.keys()];
  }

  hasGroup(groupId: string): boolean {
    return this.#byGroup.has(groupId);
  }

  get(groupId: string, fileId: string): Offer | undefined {
    return this.#byGroup.get(groupId)?.get(fileId);
  }

  /** Adds an offer, in place of an earlier one of the same file. */
  put(offer: Offer): void {
    const files = this.#byGroup.get(offer.groupId);
    if (files) files.set(offer.fileId, offer);
    else this.#byGroup.set(offer.groupId, new Map([[offer.fileId, offer]]));
  }

  delete(groupId: string, fileId: string): void {
    const files = this.#byGroup.get(groupId);
    files?.delete(fileId);
    if (files?.size === 0) this.#byGroup.delete(groupId);
  }

  deleteGroup(groupId: string): void {
    this.#byGroup.delete(groupId);
  }
}
