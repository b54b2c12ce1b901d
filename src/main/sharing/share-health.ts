/**
 * Whether the files of shares are what was shared, and what follows: one that is found to be gone,
 * changed or damaged is taken back, another one of the same content takes its place, and one that is
 * whole again is served again. Owns nothing; the shares that are not served are a table of their own.
 */
import { bug, toWireError, type P2pError, type WireError } from '../../net/errors.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { Memberships } from '../account/memberships.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { Offer } from './offers.js';
import type { Serving } from './serving.js';
import type { FileCheck } from './share-check.js';
import { remainsByReading, remainsByStamps, type FolderRemains } from './folder-remains.js';
import { changed, damaged, isWrittenSince, lookAt, touched, type ShareLook } from './share-look.js';
import { offerOf } from './share-offer.js';
import type { Unserved, UnservedShares } from './unserved-shares.js';
import type { Uploads } from './uploads.js';

export interface ShareHealthOptions {
  readonly library: () => Promise<Library>;
  readonly uploads: Uploads;
  readonly serving: Pick<Serving, 'address'>;
  readonly batches: Pick<TrackerBatches, 'announce'>;
  readonly memberships: Pick<Memberships, 'endOf' | 'isOfOther'>;
  readonly unserved: Pick<UnservedShares, 'enter' | 'delete'>;
  /** Makes a whole file shared, see Shares. */
  readonly publish: (
    share: LibraryShare,
    encoded: Uint8Array,
    isGrown: boolean,
  ) => Promise<unknown>;
  readonly emit: ClientEventListener;
}

export class ShareHealth {
  readonly #options: ShareHealthOptions;
  readonly #library: () => Promise<Library>;
  readonly #uploads: Uploads;
  readonly #batches: ShareHealthOptions['batches'];
  readonly #unserved: ShareHealthOptions['unserved'];

  constructor(options: ShareHealthOptions) {
    this.#options = options;
    this.#library = options.library;
    this.#uploads = options.uploads;
    this.#batches = options.batches;
    this.#unserved = options.unserved;
  }

  /**
   * A shared file turned out to be gone or changed, or could not be read; it is withdrawn already, and
   * here it is said why. Another one of the same content takes its place, if this client shares one,
   * or those files of a folder that are what they were. The share itself stays, and is served again
   * when the file is what it was.
   */
  async onBroken(account: Account, offer: Offer, error: WireError): Promise<void> {
    const { groupId, fileId, path } = offer;
    const { flaw, remains, isUnread } = await this.#lookBehind(account, offer, error).catch(
      (failure: unknown) => {
        // It is withdrawn, and that is told as it was found, whatever the look behind it ran into.
        this.#options.emit({ type: 'share-broken', groupId, fileId, error });
        throw failure;
      },
    );
    this.#options.emit({ type: 'share-broken', groupId, fileId, error: flaw });
    const unfit = isUnread ? path : undefined;
    await this.#replace(account, { groupId, fileId, path, unfit, remains });
  }

  /** Notes what has become of each share of a broken offer, and answers how to tell it and what remains. */
  async #lookBehind(account: Account, offer: Offer, error: WireError): Promise<LookBehind> {
    const { groupId, fileId, path } = offer;
    const isUnread = error.code !== 'FILE_CHANGED' && error.code !== 'FILE_NOT_FOUND';
    const library = await this.#library();
    let [flaw, remains] = [error, undefined as FolderRemains | undefined];
    for (const share of library.sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId || share.path !== path) continue;
      // Each look and each reading may take long: a share can be taken back meanwhile.
      if (!isKept(library, account, share)) continue;
      const look = await lookAt(share, library);
      const stamps = isUnread || look.state === 'missing' ? undefined : offer.stamps?.();
      if (stamps) remains ??= await remainsByStamps(share, stamps, library);
      if (share.isFolder && !isUnread) flaw = flawOfFolder(share, look, remains) ?? flaw;
      const isUnknown = look.state === 'changed' && share.isFolder === true && !remains;
      const why = whyUnserved(look, isUnread || isUnknown);
      if (why && isKept(library, account, share)) this.#unserved.enter(account, share, why);
    }
    return { flaw, remains, isUnread };
  }

  /**
   * What reading the file of a share has told, for every share of that file: it is served again, or
   * taken back, but for those files of a folder that are right.
   */
  async onChecked(account: Account, checked: LibraryShare, check: FileCheck): Promise<void> {
    await this.#judge(account, checked, check);
  }

  /** Answers what remains of a folder. */
  async #judge(
    account: Account,
    checked: LibraryShare,
    check: FileCheck,
  ): Promise<FolderRemains | undefined> {
    const library = await this.#library();
    const shares = library
      .sharesByFileId(account, checked.fileId)
      .filter(({ path }) => path === checked.path);
    if (check.state === 'whole') {
      await this.#onWhole(library, account, shares, check.stamp);
      return undefined;
    }
    for (const share of shares) {
      if (check.state === 'damaged' || check.state === 'changed') {
        this.#unserved.enter(account, share, { state: 'refuted', stamp: check.stamp });
      } else this.#unserved.enter(account, share, { state: 'away' });
    }
    if (check.state === 'damaged') {
      const nowMs = Date.now();
      await library.gather(() => {
        for (const share of shares) library.noteDamage(account, share, check.stamp, nowMs);
      });
    }
    const found = check.state === 'changed' ? check.found : undefined;
    const isShared = shares.length > 0;
    const remains = found && isShared ? await remainsByReading(checked, found, library) : undefined;
    await this.#takeBack(account, checked, flawOf(checked.path, check, remains), remains);
    for (const { groupId } of remains ? shares : []) {
      await this.#offerRemains(account, { ...checked, groupId, remains });
    }
    return remains;
  }

  /** The same of a file that was to be hashed before it is served: it was promised to say what came of it. */
  async onProven(account: Account, share: LibraryShare, check: FileCheck): Promise<void> {
    const remains = await this.#judge(account, share, check);
    if (check.state !== 'changed' && check.state !== 'damaged') return;
    const { groupId, name: fileName, path } = share;
    const reason = flawOf(path, check, remains).message;
    this.#options.emit({ type: 'share-skipped', groupId, fileName, reason });
  }

  /** A file has been repaired from others: every share of it is served again. */
  async onRepaired(
    account: Account,
    file: Pick<LibraryShare, 'groupId' | 'fileId' | 'path'>,
    stamp: FileStamp,
  ): Promise<void> {
    const { groupId, fileId, path } = file;
    const library = await this.#library();
    const shares = library.sharesByFileId(account, fileId).filter((share) => share.path === path);
    const nowMs = Date.now();
    await library.gather(() => library.noteRepaired(account, fileId, path, nowMs));
    await this.#onWhole(library, account, shares, stamp);
    // What is not shared was offered while it grew, and no longer than that.
    const left = this.#uploads.offerOf(groupId, fileId);
    if (!left || left.path !== undefined) return;
    this.#uploads.withdraw(groupId, fileId, 'NO_SUCH_FILE');
    await this.#batches.announce({ groupId, fileId, state: 'gone' });
  }

  async #onWhole(
    library: Library,
    account: Account,
    shares: readonly LibraryShare[],
    stamp: FileStamp,
  ): Promise<void> {
    await library.gather(() => {
      for (const share of shares) library.restamp(account, share, stamp);
    });
    for (const { groupId, name } of shares) this.#unserved.delete(groupId, name);
    if (this.#options.serving.address === undefined) return;
    for (const share of shares) {
      const { groupId, name: fileName, path, fileId } = share;
      // Looked at after the wait: it may have been taken back, or the user be another one by now.
      const present = this.#uploads.offerOf(groupId, fileId);
      if (!isKept(library, account, share) || !this.#isIn(account, share)) continue;
      const whole = offerOf({ ...share, stamp }, library);
      const isPart = present?.path === path && present.pieces.count < whole.pieces.count;
      // Who reads what remained of it opens it anew.
      if (isPart) this.#uploads.withdraw(groupId, fileId, 'NO_SUCH_FILE');
      // What is offered already compares with the stamp of before.
      else if (present?.path === path) this.#uploads.offer(whole);
      if (!isPart && present?.path !== undefined) continue;
      const encoded = library.description(fileId) ?? bug('a share without a description');
      const isGrown = this.#uploads.hasOffer(groupId, fileId);
      await this.#options.publish({ ...share, stamp }, encoded, isGrown);
      this.#options.emit({ type: 'share-served-again', groupId, fileName, path });
    }
  }

  /** Serves a file no more in any group, but for what remains of it, and says why, if it was served. */
  async #takeBack(
    account: Account,
    { path, fileId }: LibraryShare,
    flaw: P2pError,
    remains: FolderRemains | undefined,
  ): Promise<void> {
    const offers = [...this.#uploads.offers()].filter(
      (offer) => offer.fileId === fileId && offer.path === path && !isOf(offer, remains),
    );
    for (const { groupId } of offers) {
      this.#uploads.withdraw(groupId, fileId, 'NO_SUCH_FILE');
      this.#options.emit({ type: 'share-broken', groupId, fileId, error: toWireError(flaw) });
    }
    for (const { groupId } of offers) {
      await this.#replace(account, { groupId, fileId, path, unfit: path, remains });
    }
  }

  /** Serves another file of the same content, or what remains, or says that there is none. */
  async #replace(account: Account, broken: BrokenOffer): Promise<void> {
    const { groupId, fileId, unfit } = broken;
    const library = await this.#library();
    for (const share of library.sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId || share.path === unfit) continue;
      if (!isKept(library, account, share)) continue;
      const look = await lookAt(share, library);
      if (!isKept(library, account, share)) continue;
      // The tracker still counts this client as a source, and now it is one again.
      if (look.state !== 'same' || !this.#isIn(account, share)) continue;
      this.#uploads.offer(offerOf({ ...share, stamp: look.stamp }, library));
      return;
    }
    if (await this.#offerRemains(account, broken)) return;
    await this.#batches.announce({ groupId, fileId, state: 'gone' });
  }

  /** Serves what remains of a folder, unless something of it is served there; false when it cannot be. */
  async #offerRemains(
    account: Account,
    { groupId, fileId, path, remains }: Omit<BrokenOffer, 'unfit'>,
  ): Promise<boolean> {
    if (!remains || this.#options.serving.address === undefined) return false;
    const library = await this.#library();
    const share = library
      .sharesByFileId(account, fileId)
      .find((one) => one.groupId === groupId && one.path === path);
    if (!share || !this.#isIn(account, share)) return false;
    if (this.#uploads.hasOffer(groupId, fileId)) return true;
    const { stamp, choice, stamps } = remains;
    this.#uploads.offer(offerOf({ ...share, stamp, choice }, library, stamps));
    await this.#batches.announce({ groupId, fileId, state: 'partial' });
    return true;
  }

  /** True while this user is online and in the group of a share. */
  #isIn(account: Account, share: LibraryShare): boolean {
    const { memberships } = this.#options;
    return !memberships.isOfOther(account) && memberships.endOf(share) === undefined;
  }
}

/** What the look behind a broken offer has told. */
interface LookBehind {
  readonly flaw: WireError;
  readonly remains: FolderRemains | undefined;
  /** It could not be read, whatever it looks like. */
  readonly isUnread: boolean;
}

/** What was served and is not any more. */
interface BrokenOffer {
  readonly groupId: string;
  readonly fileId: string;
  readonly path: string | undefined;
  /** A path from which it is not to be served, whatever it looks like. */
  readonly unfit: string | undefined;
  readonly remains: FolderRemains | undefined;
}

/** False for a share that was taken back since it was read from the library. */
function isKept(library: Library, account: Account, share: LibraryShare): boolean {
  const kept = library.share(account, share.groupId, share.name);
  return kept?.fileId === share.fileId && kept.path === share.path;
}

/** What a look makes of a share that was served; undefined when it is as it was. */
function whyUnserved(look: ShareLook, mustBeRead: boolean): Unserved | undefined {
  if (mustBeRead || look.state === 'differs') return { state: 'unproven' };
  if (look.state === 'missing') return { state: 'away' };
  return look.state === 'same' ? undefined : { state: 'refuted', stamp: look.stamp };
}

/** True when an offer is of what remains of a folder, and of nothing else. */
function isOf({ pieces }: Offer, remains: FolderRemains | undefined): boolean {
  if (remains?.pieces.count !== pieces.count) return false;
  return remains.pieces.and(pieces).count === pieces.count;
}

/** Why a folder is not served as a whole, and which file of it shows that; undefined when it is. */
function flawOfFolder(
  { path, stamp }: LibraryShare,
  look: ShareLook,
  remains: FolderRemains | undefined,
): WireError | undefined {
  if (look.state === 'same') return undefined;
  const inside = remains?.firstOther;
  if (inside === undefined || look.state === 'missing') return toWireError(look.error);
  const isWritten = isWrittenSince(stamp, look.stamp);
  return toWireError(
    look.state === 'differs' ? touched(path, isWritten, inside) : changed(path, inside),
  );
}

/** Why a file is not served, as reading it has told. */
function flawOf(
  path: string,
  check: Exclude<FileCheck, { state: 'whole' }>,
  remains: FolderRemains | undefined,
): P2pError {
  if (check.state === 'missing') return check.error;
  return check.state === 'damaged' ? damaged(path) : changed(path, remains?.firstOther);
}
