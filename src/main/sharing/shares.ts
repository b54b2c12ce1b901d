/**
 * What this client's user shares: the library's rows, the offers that serve them, and what the
 * tracker knows of both. A file is served only while it is on disk as it was when it was hashed.
 * Everything that becomes shared passes through `publish`, in one order.
 *
 *   shared (in the library) → offered (served, announced) → withdrawn
 */
import { leaveToWaiters } from '../../net/deferred.js';
import { TrackerError } from '../../net/errors.js';
import { MAX_ANNOUNCED_PER_CALL } from '../../net/limits.js';
import type { Announcement, TrackerNotifications } from '../../net/tracker-api.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { LoginResult } from '../api/engine-api.js';
import type { NotStopped, SharedFile } from '../api/shared-files.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { UploadResult } from '../api/progress.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Memberships } from '../account/memberships.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { Pace } from './idle-pace.js';
import type { Offer } from './offers.js';
import type { Serving } from './serving.js';
import { ShareEnding, withdrawUnlessStillShared } from './share-ending.js';
import { nameTaken, type HashedShare } from './share-request.js';
import { ShareHealth } from './share-health.js';
import { listShares } from './share-list.js';
import { isWrittenSince, lookAt } from './share-look.js';
import { ShareRestore } from './share-restore.js';
import { offerOf } from './share-offer.js';
import { ShareVerdicts } from './share-verdicts.js';
import { UnservedShares, type UnservedOptions } from './unserved-shares.js';
import type { Uploads } from './uploads.js';

export interface SharesOptions {
  readonly library: () => Promise<Library>;
  readonly uploads: Uploads;
  readonly serving: Pick<Serving, 'address'>;
  readonly batches: Pick<TrackerBatches, 'announce' | 'share'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'require' | 'endOf' | 'isOfOther'>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
  /** How fast what was touched is hashed again. */
  readonly pace: Pace;
  readonly background: BackgroundWork;
  readonly emit: ClientEventListener;
  /** See UnservedOptions. */
  readonly later?: NonNullable<UnservedOptions['later']>;
}

export class Shares {
  readonly #options: SharesOptions;
  readonly #library: () => Promise<Library>;
  readonly #uploads: Uploads;
  readonly #batches: SharesOptions['batches'];
  readonly #unserved: UnservedShares;
  readonly #health: ShareHealth;
  readonly #verdicts = new ShareVerdicts();
  readonly #ending: ShareEnding;

  constructor(options: SharesOptions) {
    this.#options = options;
    this.#library = options.library;
    this.#uploads = options.uploads;
    this.#batches = options.batches;
    const { library, hashing, pace, background, later } = options;
    this.#unserved = new UnservedShares({
      ...{ library, hashing, pace, background },
      ...(later && { later }),
      onChecked: (account, share, check) => this.#health.onProven(account, share, check),
    });
    const tables = { unserved: this.#unserved, verdicts: this.#verdicts };
    this.#ending = new ShareEnding({ ...options, ...tables });
    this.#health = new ShareHealth({
      ...options,
      unserved: this.#unserved,
      publish: (share, encoded, isGrown) => this.publish(share, encoded, isGrown),
    });
  }

  /**
   * Makes a whole file shared: served from here, known to the tracker, announced. Served first,
   * because a peer may come as soon as the tracker names us. With `isGrown` the tracker has
   * described it, knows it as a growing file, and hears of its completeness by the way of those announcements, in order.
   * @throws TrackerError when the tracker does not take it; it is served all the same
   */
  async publish(
    share: LibraryShare,
    encoded: Uint8Array,
    isGrown: boolean,
    replace = false,
  ): Promise<UploadResult['outcome']> {
    const { groupId, name, fileId } = share;
    const library = await this.#library();
    // While a download was finished its group may have ended, and another one have its name.
    this.#options.memberships.require(share);
    const isOffered = this.#options.serving.address !== undefined;
    // A growing one must be replaced in any case: its part file is closed with the download.
    if (isOffered || this.#uploads.hasOffer(groupId, fileId)) {
      // It is in the library only once the tracker has taken it.
      const description = (id: string) => (id === fileId ? encoded : library.description(id));
      this.#uploads.offer(offerOf(share, { description }));
    }
    const isNews = isOffered && !isGrown;
    if (share.choice) return this.#announcePart(share, isOffered);
    const isWhole = { groupId, fileId, state: 'complete' } as const;
    // Side by side: the tracker may be far away, and neither needs the other's answer.
    const described = { fileId, encoded, isDescribedThere: isGrown };
    const sharing = this.#batches.share({ groupId, name, ...described, replace }, isNews);
    leaveToWaiters(sharing);
    const announced = isOffered && isGrown ? this.#batches.announce(isWhole) : undefined;
    leaveToWaiters(announced);
    try {
      const { outcome } = await sharing;
      this.#verdicts.delete(groupId, name);
      await announced;
      return outcome;
    } catch (error) {
      if (!isReplaced(error)) throw error;
      this.#verdicts.note(share, { state: 'older', reason: error.message });
      // Others may still be downloading what has a newer version by now.
      if (isOffered) await (announced ?? this.#batches.announce(isWhole));
      throw error;
    }
  }

  /** Some files of a folder are served; at the tracker they are nobody's share. */
  async #announcePart(
    { groupId, fileId }: LibraryShare,
    isOffered: boolean,
  ): Promise<UploadResult['outcome']> {
    if (isOffered) await this.#batches.announce({ groupId, fileId, state: 'partial' });
    return 'source-added';
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
    const { encoded, folder, ...file } = hashed;
    const { groupId, name, fileId, pieceLength } = file;
    const library = await this.#library();
    const incarnation = this.#options.memberships.incarnationOf(groupId) ?? '';
    const isFolder = folder ? ({ isFolder: true } as const) : {};
    const share = { ...file, ...isFolder, incarnation, sharedAtMs: Date.now() };
    const outcome = await this.publish(share, encoded, false, replace).catch((error: unknown) => {
      withdrawUnlessStillShared(this.#uploads, library, account, share);
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
    before: Pick<LibraryShare, 'groupId' | 'fileId' | 'path'>,
    { fileId, path }: Pick<LibraryShare, 'fileId' | 'path'>,
  ): Promise<void> {
    if (before.fileId === fileId || before.path !== path) return;
    const { groupId } = before;
    if (!this.#uploads.hasOffer(groupId, before.fileId)) return;
    withdrawUnlessStillShared(this.#uploads, await this.#library(), account, before);
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
    if (share?.fileId !== fileId || this.#verdicts.of(share)?.state === 'older') return false;
    const reason = `${name} has a newer version; download it to take it`;
    this.#verdicts.note(share, { state: 'older', reason });
    return true;
  }

  /** The name of a share is known to have a newer version. */
  isOlder(share: LibraryShare): boolean {
    return this.#verdicts.of(share)?.state === 'older';
  }

  /** Puts every share of the account online again, and says which cannot be, and why. */
  async restore(
    calls: TrackerCalls,
    account: Account,
  ): Promise<{ restored: number; skipped: LoginResult['skipped'] }> {
    const library = await this.#library();
    const { memberships, hashing } = this.#options;
    const tables = { unserved: this.#unserved, verdicts: this.#verdicts };
    const parts = { uploads: this.#uploads, memberships, hashing, ...tables };
    const result = await new ShareRestore(parts, calls, { library, account }).run();
    // What grows is no share yet.
    await this.#announce(calls, ({ pieces }) => !pieces.isFull);
    return result;
  }

  /** What the account shares, or of that what it shares in one group, and what has become of it. */
  async list(account: Account, groupId: string | undefined): Promise<SharedFile[]> {
    const library = await this.#library();
    const shares = library.sharesOf(account);
    const meant = shares.filter((share) => groupId === undefined || share.groupId === groupId);
    return listShares(meant, library, (share) => ({
      isOffered: this.#uploads.hasOffer(share.groupId, share.fileId),
      unserved: this.#unserved.whyNot(share.groupId, share.name),
      verdict: this.#verdicts.of(share),
    }));
  }

  /** How many files the account shares, and how many of them are served. Looks at none of them. */
  async count(account: Account): Promise<{ readonly shared: number; readonly served: number }> {
    const shares = (await this.#library()).sharedContents(account);
    const served = shares.filter(
      ({ groupId, name, fileId }) =>
        this.#uploads.hasOffer(groupId, fileId) && !this.#unserved.whyNot(groupId, name),
    );
    return { shared: shares.length, served: served.length };
  }

  /** The user is offline: nothing more is proven or looked at. Idempotent. */
  end(): void {
    this.#unserved.end();
    this.#verdicts.clear();
  }

  /**
   * Tells the tracker everything that is offered, for instance after a reconnect; answers what of
   * it has newer versions.
   */
  announceAll(calls: TrackerCalls): Promise<TrackerNotifications['replaced'][]> {
    return this.#announce(calls, () => true);
  }

  /**
   * Stops sharing a file under a name, and serving what had that name before.
   * @throws TrackerError NOT_SHARED when this client does not share it
   */
  stop(...which: Parameters<ShareEnding['one']>): Promise<void> {
    return this.#ending.one(...which);
  }

  /** The same of several at once; answers those that could not be ended. @throws P2pError */
  stopSeveral(...which: Parameters<ShareEnding['several']>): Promise<NotStopped[]> {
    return this.#ending.several(...which);
  }

  /** True when a file on disk is shared, all of it, and nothing says that it is not what was shared. */
  async hasUnchanged(account: Account, fileId: string, path: string): Promise<boolean> {
    const library = await this.#library();
    const share = library
      .sharesByFileId(account, fileId)
      .find((candidate) => candidate.path === path);
    if (!share || share.choice || share.damagedAtMs !== undefined) return false;
    const look = await lookAt(share, library);
    if (look.state === 'same') return true;
    // Somebody did something to it, but nothing says that they wrote to it.
    return look.state === 'differs' && !isWrittenSince(share.stamp, look.stamp);
  }

  /** See ShareHealth. */
  onBroken(...told: Parameters<ShareHealth['onBroken']>): Promise<void> {
    return this.#health.onBroken(...told);
  }

  /** See ShareHealth. */
  onChecked(...told: Parameters<ShareHealth['onChecked']>): Promise<void> {
    return this.#health.onChecked(...told);
  }

  /** See ShareHealth. */
  onRepaired(...told: Parameters<ShareHealth['onRepaired']>): Promise<void> {
    return this.#health.onRepaired(...told);
  }

  async #announce(
    calls: TrackerCalls,
    isMeant: (offer: Offer) => boolean,
  ): Promise<TrackerNotifications['replaced'][]> {
    const files = [...this.#uploads.offers()].filter(isMeant).map((offer) => announcementOf(offer));
    const found: TrackerNotifications['replaced'][] = [];
    for (let first = 0; first < files.length; first += MAX_ANNOUNCED_PER_CALL) {
      const some = files.slice(first, first + MAX_ANNOUNCED_PER_CALL);
      const { replaced = [] } = await calls.call('announce', { files: some });
      found.push(...replaced);
    }
    return found;
  }
}

function isReplaced(error: unknown): error is TrackerError {
  return error instanceof TrackerError && error.code === 'REPLACED';
}

function announcementOf(offer: Offer): Announcement {
  const { groupId, fileId } = offer;
  return { groupId, fileId, state: offer.pieces.isFull ? 'complete' : 'partial' };
}
