/**
 * What this client's user shares: the library's rows, the offers that serve them, and what the
 * tracker knows of both. A file is served only while it is on disk as it was when it was hashed.
 * Everything that becomes shared passes through `publish`, in one order.
 *
 *   shared (in the library) → offered (served, announced) → withdrawn
 */
import { decodeDescription } from '../../net/description.js';
import { P2pError, TrackerError, bug, type ErrorCode } from '../../net/errors.js';
import { MAX_ANNOUNCED_PER_CALL, MAX_PENDING_REQUESTS_PER_SESSION } from '../../net/limits.js';
import type { Announcement, TrackerNotifications } from '../../net/tracker-api.js';
import type { LoginResult } from '../api/engine-api.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { UploadResult } from '../api/progress.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Memberships } from '../account/memberships.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { Serving } from './serving.js';
import { nameTaken, type HashedShare } from './share-file.js';
import {
  isLikelyUnchanged,
  isTouched,
  offerOf,
  requireUnchanged,
  verifyAgain,
} from './shared-file.js';
import type { Offer } from './offers.js';
import type { Uploads } from './uploads.js';
import { shareFile } from '../account/description-transfer.js';

/** Shares put online at a time, within what one session may ask of the tracker. */
const RESTORE_CONCURRENCY = MAX_PENDING_REQUESTS_PER_SESSION / 4;

type Skipped = LoginResult['skipped'][number];

export interface SharesOptions {
  readonly library: () => Promise<Library>;
  readonly uploads: Uploads;
  readonly serving: Pick<Serving, 'address'>;
  readonly batches: Pick<TrackerBatches, 'announce' | 'share'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'require'>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
  readonly background: BackgroundWork;
}

export class Shares {
  readonly #options: SharesOptions;
  readonly #library: () => Promise<Library>;
  readonly #uploads: Uploads;
  readonly #batches: SharesOptions['batches'];
  /** Group → name → the older version that is shared from here and known to be one. */
  readonly #replaced = new Map<string, Map<string, string>>();

  constructor(options: SharesOptions) {
    this.#options = options;
    this.#library = options.library;
    this.#uploads = options.uploads;
    this.#batches = options.batches;
  }

  /**
   * Makes a whole file shared: served from here, known to the tracker, announced. Served first,
   * because a peer may come as soon as the tracker names us. With `isGrown` the tracker knows it
   * as a growing file, and hears of its completeness by the way of those announcements, in order.
   * @throws TrackerError when the tracker does not take it; it is served all the same
   */
  async publish(
    share: LibraryShare,
    encoded: Uint8Array,
    isGrown: boolean,
    replace = false,
  ): Promise<UploadResult['outcome']> {
    const { groupId, name, fileId } = share;
    // While a download was finished its group may have ended, and another one have its name.
    this.#options.memberships.require(share);
    const isOffered = this.#options.serving.address !== undefined;
    // A growing one must be replaced in any case: its part file is closed with the download.
    if (isOffered || this.#uploads.hasOffer(groupId, fileId)) this.#uploads.offer(offerOf(share));
    const isNews = isOffered && !isGrown;
    const isWhole = { groupId, fileId, state: 'complete' } as const;
    try {
      const named = { groupId, name, fileId, encoded, replace };
      const { outcome } = await this.#batches.share(named, isNews);
      if (isOffered && isGrown) await this.#batches.announce(isWhole);
      return outcome;
    } catch (error) {
      // Others may still be downloading what has a newer version by now.
      if (isReplaced(error) && isOffered) await this.#batches.announce(isWhole);
      throw error;
    }
  }

  /**
   * Shares a file that the user asked to share; with `replace` whatever has its name.
   * @throws TrackerError NAME_TAKEN and others; then it is not shared at all
   */
  async add(
    account: Account,
    hashed: HashedShare,
    replace: boolean,
  ): Promise<UploadResult['outcome']> {
    const { encoded, ...file } = hashed;
    const { groupId, name, fileId, pieceLength } = file;
    const library = await this.#library();
    const incarnation = this.#options.memberships.incarnationOf(groupId) ?? '';
    const share = { ...file, incarnation, sharedAtMs: Date.now() };
    const outcome = await this.publish(share, encoded, false, replace).catch((error: unknown) => {
      this.#withdrawUnlessStillShared(library, account, share);
      const isTaken = error instanceof TrackerError && error.code === 'NAME_TAKEN';
      throw isTaken && !replace ? nameTaken(groupId, name) : error;
    });
    const before = library.share(account, groupId, name);
    await library.gather(() => library.addShare(account, share, { fileId, pieceLength, encoded }));
    if (before) await this.retire(account, before, share);
    return outcome;
  }

  /**
   * Another file has taken the place of one that was shared. From the same path nothing of it can
   * be served any more; from elsewhere it goes on, so that downloads of it can end.
   */
  async retire(
    account: Account,
    before: LibraryShare,
    { fileId, path }: Pick<LibraryShare, 'fileId' | 'path'>,
  ): Promise<void> {
    if (before.fileId === fileId || before.path !== path) return;
    const { groupId } = before;
    if (!this.#uploads.hasOffer(groupId, before.fileId)) return;
    this.#withdrawUnlessStillShared(await this.#library(), account, before);
    if (this.#uploads.hasOffer(groupId, before.fileId) || !this.#options.serving.address) return;
    await this.#batches.announce({ groupId, fileId: before.fileId, state: 'gone' });
  }

  /**
   * A name has a newer version: true when what this client shares under it is the older one, and that
   * is news.
   */
  async learnReplaced(
    account: Account,
    { groupId, name, fileId }: TrackerNotifications['replaced'],
  ): Promise<boolean> {
    const share = (await this.#library()).share(account, groupId, name);
    if (share?.fileId !== fileId || this.#replaced.get(groupId)?.get(name) === fileId) return false;
    const names = this.#replaced.get(groupId) ?? new Map<string, string>();
    this.#replaced.set(groupId, names.set(name, fileId));
    return true;
  }

  /** Puts every share of the account online again, and says which cannot be, and why. */
  async restore(
    calls: TrackerCalls,
    account: Account,
  ): Promise<{ restored: number; skipped: Skipped[] }> {
    const library = await this.#library();
    const shares = library.sharesOf(account);
    const skipped: Skipped[] = [];
    let restored = 0;
    const queue = shares.values();
    const work = async (): Promise<void> => {
      for (const share of queue) {
        const reason = await this.#restoreOne(calls, library, account, share);
        if (reason === undefined) restored++;
        else skipped.push({ groupId: share.groupId, name: share.name, reason });
      }
    };
    await Promise.all(Array.from({ length: RESTORE_CONCURRENCY }, work));
    await this.announceAll(calls);
    return { restored, skipped };
  }

  /**
   * Tells the tracker everything that is offered, for instance after a reconnect; answers what of
   * it has newer versions.
   */
  async announceAll(calls: TrackerCalls): Promise<TrackerNotifications['replaced'][]> {
    const files = [...this.#uploads.offers()].map((offer) => announcementOf(offer));
    const found: TrackerNotifications['replaced'][] = [];
    for (let first = 0; first < files.length; first += MAX_ANNOUNCED_PER_CALL) {
      const some = files.slice(first, first + MAX_ANNOUNCED_PER_CALL);
      const { replaced = [] } = await calls.call('announce', { files: some });
      found.push(...replaced);
    }
    return found;
  }

  /**
   * Stops sharing a file under a name.
   * @throws TrackerError NOT_SHARED when this client does not share it
   */
  async stop(calls: TrackerCalls, account: Account, groupId: string, name: string): Promise<void> {
    const library = await this.#library();
    const share = library.removeShare(account, groupId, name);
    // First of all nothing more of it is served, whatever the tracker says then.
    if (share) this.#withdrawUnlessStillShared(library, account, share);
    await calls.call('stopShare', { groupId, name }).catch((error: unknown) => {
      // Ours is gone from the library either way; the tracker not knowing it is no failure.
      if (!share || !(error instanceof TrackerError) || error.code !== 'NOT_SHARED') throw error;
    });
  }

  /** True when a file on disk is shared, and nothing says that it is not what was shared. */
  async hasUnchanged(account: Account, fileId: string, path: string): Promise<boolean> {
    const share = (await this.#library())
      .sharesByFileId(account, fileId)
      .find((candidate) => candidate.path === path);
    if (!share) return false;
    return isLikelyUnchanged(path, share.stamp);
  }

  /**
   * A shared file turned out to be gone or changed: another one of the same content takes its
   * place, if this client shares one. The share itself stays; one that was only touched is hashed,
   * and served again when that says so.
   */
  async onBroken(calls: TrackerCalls, account: Account, offer: Offer): Promise<void> {
    const { groupId, fileId } = offer;
    for (const share of (await this.#library()).sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId) continue;
      const stamp = await requireUnchanged(share.path, share.stamp).catch(() => undefined);
      // The tracker still counts this client as a source, and now it is one again.
      if (stamp) return this.#uploads.offer(offerOf({ ...share, stamp }));
    }
    await calls.call('announce', { files: [{ groupId, fileId, state: 'gone' }] });
    for (const share of (await this.#library()).sharesByFileId(account, fileId)) {
      if (share.groupId === groupId) await this.#verifyIfTouched(account, share);
    }
  }

  /** Hashes a share that was touched, and serves it again when it is the same. */
  async #verifyIfTouched(account: Account, share: LibraryShare): Promise<void> {
    if (!(await isTouched(share.path, share.stamp))) return;
    const library = await this.#library();
    const encoded = library.description(share.fileId);
    if (!encoded) return;
    const description = decodeDescription(encoded);
    const { hashing } = this.#options;
    const stamp = await verifyAgain(share.path, share.stamp, description, hashing);
    // Meanwhile it may have been taken back, or shared anew.
    const present = library.share(account, share.groupId, share.name);
    if (!stamp || present?.fileId !== share.fileId || present.path !== share.path) return;
    await library.gather(() => library.restamp(account, share, stamp));
    await this.publish({ ...share, stamp }, encoded, false);
  }

  #withdrawUnlessStillShared(
    library: Library,
    account: Account,
    { groupId, fileId }: LibraryShare,
  ): void {
    const others = library.sharesByFileId(account, fileId);
    if (!others.some((other) => other.groupId === groupId)) {
      this.#uploads.withdraw(groupId, fileId, 'NOT_SHARED');
    }
  }

  /** A share of before groups had an incarnation is of the group that has its name now. */
  async #keepIncarnation(library: Library, account: Account, share: LibraryShare): Promise<void> {
    const incarnation = this.#options.memberships.incarnationOf(share.groupId) ?? '';
    const { fileId, pieceLength } = share;
    const encoded = library.description(fileId) ?? bug('a share without a description');
    const description = { fileId, pieceLength, encoded };
    await library.gather(() => library.addShare(account, { ...share, incarnation }, description));
  }

  /** Puts one share online; answers why it cannot be. */
  async #restoreOne(
    calls: TrackerCalls,
    library: Library,
    account: Account,
    share: LibraryShare,
  ): Promise<string | undefined> {
    const { groupId, name, fileId } = share;
    try {
      this.#options.memberships.require(share);
      const stamp = await requireUnchanged(share.path, share.stamp);
      // Kept by a version whose stamps knew less: believed this once.
      if (share.stamp.ctimeNs === undefined) library.restamp(account, share, stamp);
      const encoded = library.description(fileId) ?? bug('a share without a description');
      const refusal = await shareFile(calls, { groupId, name, fileId }, encoded).then(
        () => undefined,
        requireReplaced,
      );
      // Also what has a newer version: somebody may be downloading it.
      this.#uploads.offer(offerOf({ ...share, stamp }));
      if (share.incarnation === '')
        await this.#keepIncarnation(library, account, { ...share, stamp });
      return refusal?.message;
    } catch (error) {
      if (!(error instanceof P2pError) || isAboutTheLink(error.code)) throw error;
      // Removed from the group while this client was away: its shares there have ended.
      if (error.code === 'NOT_A_MEMBER') library.removeShare(account, groupId, name);
      if (error.code === 'FILE_CHANGED') {
        this.#options.background.run(() => this.#verifyIfTouched(account, share));
      }
      return error.message;
    }
  }
}

function isReplaced(error: unknown): error is TrackerError {
  return error instanceof TrackerError && error.code === 'REPLACED';
}

/** The refusal of a share of which there is a newer version; every other error goes on. */
function requireReplaced(error: unknown): TrackerError {
  if (isReplaced(error)) return error;
  throw error;
}

function announcementOf(offer: Offer): Announcement {
  const { groupId, fileId } = offer;
  return { groupId, fileId, state: offer.pieces.isFull ? 'complete' : 'partial' };
}

function isAboutTheLink(code: ErrorCode): boolean {
  return code === 'CONNECTION_LOST' || code === 'TIMEOUT' || code === 'NOT_LOGGED_IN';
}
