/**
 * What of an item of a link lies on this disk, and what a folder holds that is one. Only what is as it was when it was
 * shared counts: what somebody did something to is taken as others take it, by pieces that are hashed. Owns the looks
 * that are under way: a guest may ask again and again, and each look takes all files of a folder.
 */
import { decodeDescriptionInTurns, type Description } from '../../net/description.js';
import { P2pError, StorageError } from '../../net/errors.js';
import { GUEST_LOOKS_AT_A_TIME } from '../../net/limits.js';
import { SharedWork } from '../../net/shared-work.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { GuestContent, GuestFolder } from '../api/guest-links.js';
import { changeBetween, type FileStamp } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import type { KeptGuestLink } from '../home/guest-links-file.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { Spool } from '../home/spool.js';
import { stampAt } from '../sharing/share-look.js';
import type { Shares } from '../sharing/shares.js';

export interface GuestContentsOptions {
  readonly library: () => Promise<Pick<Library, 'sharesByFileId' | 'description'>>;
  readonly shares: Pick<Shares, 'hasUnchanged' | 'isOlder'>;
  readonly batches: Pick<TrackerBatches, 'describeUnlessKnown'>;
  readonly spool: Pick<Spool, 'isForGuests'>;
}

type Item = Pick<KeptGuestLink, 'groupId' | 'fileName' | 'fileId' | 'isFolder'>;

export class GuestContents {
  readonly #options: GuestContentsOptions;
  readonly #looks = new SharedWork<GuestContent | undefined>(GUEST_LOOKS_AT_A_TIME);

  constructor(options: GuestContentsOptions) {
    this.#options = options;
  }

  /** Where it lies whole; undefined where it does not. */
  here(account: Account, { fileId }: Pick<Item, 'fileId'>): Promise<GuestContent | undefined> {
    const { trackerId, userId } = account;
    const key = [trackerId, userId, fileId].join(' ');
    return this.#looks.do(key, () => this.#look(account, fileId));
  }

  async #look(account: Account, fileId: string): Promise<GuestContent | undefined> {
    const library = await this.#options.library();
    const { shares, spool } = this.#options;
    for (const share of library.sharesByFileId(account, fileId)) {
      // Whether the name stands for it no more is for the tracker to say; and what was fetched for guests goes at any time.
      if (shares.isOlder(share) || spool.isForGuests(share.path)) continue;
      const found = share.isFolder
        ? await this.#folderAt(library, share)
        : await this.#fileAt(account, share);
      if (found) return found;
    }
    return undefined;
  }

  /** What a folder holds; undefined when the name stands for something else by now. @throws P2pError */
  async folder({ groupId, fileName, fileId }: Item): Promise<GuestFolder | undefined> {
    const encoded = (await this.#options.library()).description(fileId);
    const kept = encoded && (await decodeUnlessDamaged(encoded));
    if (kept) return folderIn(kept);
    const named = { groupId, name: fileName };
    const found = await this.#options.batches.describeUnlessKnown(named, (id) => id !== fileId);
    return found.description && folderIn(found.description);
  }

  async #fileAt(
    account: Account,
    { fileId, path, stamp }: LibraryShare,
  ): Promise<GuestContent | undefined> {
    if (!(await this.#options.shares.hasUnchanged(account, fileId, path))) return undefined;
    const now = await unlessUnreadable(stampAt(path));
    return now && isSame(stamp, now) ? { kind: 'file', path, stamp: now } : undefined;
  }

  async #folderAt(
    library: Pick<Library, 'description'>,
    { fileId, path, stamp, choice, damagedAtMs }: LibraryShare,
  ): Promise<GuestContent | undefined> {
    const encoded = library.description(fileId);
    if (choice || damagedAtMs !== undefined || !encoded) return undefined;
    const table = (await decodeUnlessDamaged(encoded))?.folder;
    const look = table && (await unlessUnreadable(lookAtFolder(path, table)));
    if (!look || look.firstOther !== undefined || !isSame(stamp, look.stamp)) return undefined;
    return { kind: 'folder', path, stamps: look.stamps };
  }
}

function folderIn({ folder, layout }: Description): GuestFolder | undefined {
  return folder && { table: folder, pieceLength: layout.pieceLength };
}

/** Undefined when it is damaged; the tracker has another one. */
async function decodeUnlessDamaged(encoded: Uint8Array): Promise<Description | undefined> {
  try {
    return await decodeDescriptionInTurns(encoded);
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

/** Nothing was done to it, even where its file system numbers it anew at each mount. */
function isSame(before: FileStamp, now: FileStamp): boolean {
  const change = changeBetween(before, now);
  return change === 'unchanged' || change === 'elsewhere';
}

/** Undefined when it cannot be looked at any more. */
async function unlessUnreadable<Look>(looking: Promise<Look>): Promise<Look | undefined> {
  return looking.catch((error: unknown) => {
    if (error instanceof StorageError) return undefined;
    throw error;
  });
}
