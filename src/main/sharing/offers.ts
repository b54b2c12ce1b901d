/** The table of what this client serves: by group, then by file. Decides nothing. */
import type { Bitfield } from '../../net/bitfield.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import { NAMES_HASHED_AT_ONCE } from '../../net/limits.js';
import { nameHash } from '../../net/name-hash.js';
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

/** What is offered in one group. Only who is asked for names has a table of them, from the first question on. */
class GroupOffers {
  readonly byFileId = new Map<string, Offer>();
  #byName: Map<string, Offer> | undefined;
  #indexing: Promise<void> | undefined;

  /** Resolves when every offer is in the table; others are heard meanwhile. */
  index(): Promise<void> {
    return (this.#indexing ??= this.#index((this.#byName = new Map<string, Offer>())));
  }

  named(hash: string): Offer | undefined {
    return this.#byName?.get(hash);
  }

  /** Of a name, the one that was offered last counts, and so do those that come meanwhile. */
  async #index(byName: Map<string, Offer>): Promise<void> {
    const offers = [...this.byFileId.values()].reverse();
    for (const [index, offer] of offers.entries()) {
      if (index > 0 && index % NAMES_HASHED_AT_ONCE === 0) await new Promise(setImmediate);
      const hash = hashOf(offer);
      const isStill = this.byFileId.get(offer.fileId) === offer;
      if (isStill && !byName.has(hash)) byName.set(hash, offer);
    }
  }

  put(offer: Offer): void {
    this.delete(offer.fileId);
    this.byFileId.set(offer.fileId, offer);
    this.#byName?.set(hashOf(offer), offer);
  }

  delete(fileId: string): void {
    const offer = this.byFileId.get(fileId);
    this.byFileId.delete(fileId);
    // Another content may have taken its name since.
    if (!offer || !this.#byName) return;
    const hash = hashOf(offer);
    if (this.#byName.get(hash) === offer) this.#byName.delete(hash);
  }
}

function hashOf({ groupId, name }: Offer): string {
  return nameHash(groupId, name);
}

export class Offers {
  readonly #byGroup = new Map<string, GroupOffers>();

  /** Every offer. */
  *all(): Generator<Offer> {
    for (const { byFileId } of this.#byGroup.values()) yield* byFileId.values();
  }

  get groupIds(): string[] {
    return [...this.#byGroup.keys()];
  }

  hasGroup(groupId: string): boolean {
    return this.#byGroup.has(groupId);
  }

  get(groupId: string, fileId: string): Offer | undefined {
    return this.#byGroup.get(groupId)?.byFileId.get(fileId);
  }

  /** Resolves when names of this group can be looked up. */
  async indexNames(groupId: string): Promise<void> {
    await this.#byGroup.get(groupId)?.index();
  }

  /** After `indexNames`: what a name with this hash stands for here; undefined as well where several contents have it and the last of them is gone. */
  named(groupId: string, hash: string): Offer | undefined {
    return this.#byGroup.get(groupId)?.named(hash);
  }

  /** Adds an offer, in place of an earlier one of the same file. */
  put(offer: Offer): void {
    const offers = this.#byGroup.get(offer.groupId) ?? new GroupOffers();
    offers.put(offer);
    this.#byGroup.set(offer.groupId, offers);
  }

  delete(groupId: string, fileId: string): void {
    const offers = this.#byGroup.get(groupId);
    offers?.delete(fileId);
    if (offers?.byFileId.size === 0) this.#byGroup.delete(groupId);
  }

  deleteGroup(groupId: string): void {
    this.#byGroup.delete(groupId);
  }
}
