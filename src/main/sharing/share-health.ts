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
import { changed, damaged, lookAt } from './share-look.js';
import { offerOf } from './share-offer.js';
import type { UnservedShares } from './unserved-shares.js';
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
   * A shared file turned out to be gone or changed, or could not be read: another one of the same
   * content takes its place, if this client shares one. The share itself stays, and is served again
   * when the file is what it was.
   */
  async onBroken(account: Account, offer: Offer, { code }: Pick<WireError, 'code'>): Promise<void> {
    const { groupId, fileId, path } = offer;
    const isUnread = code !== 'FILE_CHANGED' && code !== 'FILE_NOT_FOUND';
    const library = await this.#library();
    for (const share of library.sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId || share.path !== path) continue;
      const look = await lookAt(share, library);
      if (isUnread || look.state === 'differs') {
        this.#unserved.enter(account, share, { state: 'unproven' });
      } else if (look.state === 'missing') this.#unserved.enter(account, share, { state: 'away' });
      else if (look.state !== 'same') {
        this.#unserved.enter(account, share, { state: 'refuted', stamp: look.stamp });
      }
    }
    await this.#replace(account, groupId, fileId, isUnread ? path : undefined);
  }

  /**
   * What reading the file of a share has told, for every share of that file: it is served again, or
   * taken back.
   */
  async onChecked(account: Account, checked: LibraryShare, check: FileCheck): Promise<void> {
    const library = await this.#library();
    const shares = library
      .sharesByFileId(account, checked.fileId)
      .filter(({ path }) => path === checked.path);
    if (check.state === 'whole') return this.#onWhole(library, account, shares, check.stamp);
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
    await this.#takeBack(account, checked, flawOf(checked.path, check));
  }

  /** The same of a file that was to be hashed before it is served: it was promised to say what came of it. */
  async onProven(account: Account, share: LibraryShare, check: FileCheck): Promise<void> {
    await this.onChecked(account, share, check);
    if (check.state !== 'changed' && check.state !== 'damaged') return;
    const { groupId, name: fileName, path } = share;
    const reason = flawOf(path, check).message;
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
      const present = library.share(account, groupId, fileName);
      const isPresent = present?.fileId === fileId && present.path === path;
      const offered = this.#uploads.offerOf(groupId, fileId)?.path;
      if (!isPresent || !this.#isIn(account, share)) continue;
      // What is offered already compares with the stamp of before.
      if (offered === path) this.#uploads.offer(offerOf({ ...share, stamp }, library));
      if (offered !== undefined) continue;
      const encoded = library.description(fileId) ?? bug('a share without a description');
      const isGrown = this.#uploads.hasOffer(groupId, fileId);
      await this.#options.publish({ ...share, stamp }, encoded, isGrown);
      this.#options.emit({ type: 'share-served-again', groupId, fileName, path });
    }
  }

  /** Serves a file no more in any group, and says why, if it was served. */
  async #takeBack(account: Account, { path, fileId }: LibraryShare, flaw: P2pError): Promise<void> {
    const offers = [...this.#uploads.offers()].filter(
      (offer) => offer.fileId === fileId && offer.path === path,
    );
    for (const { groupId } of offers) {
      this.#uploads.withdraw(groupId, fileId, 'NO_SUCH_FILE');
      this.#options.emit({ type: 'share-broken', groupId, fileId, error: toWireError(flaw) });
    }
    for (const { groupId } of offers) await this.#replace(account, groupId, fileId, path);
  }

  /** Serves another file of the same content, or says that there is none. */
  async #replace(
    account: Account,
    groupId: string,
    fileId: string,
    unfit: string | undefined,
  ): Promise<void> {
    const library = await this.#library();
    for (const share of library.sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId || share.path === unfit) continue;
      const look = await lookAt(share, library);
      // The tracker still counts this client as a source, and now it is one again.
      if (look.state !== 'same' || !this.#isIn(account, share)) continue;
      this.#uploads.offer(offerOf({ ...share, stamp: look.stamp }, library));
      return;
    }
    await this.#batches.announce({ groupId, fileId, state: 'gone' });
  }

  /** True while this user is online and in the group of a share. */
  #isIn(account: Account, share: LibraryShare): boolean {
    const { memberships } = this.#options;
    return !memberships.isOfOther(account) && memberships.endOf(share) === undefined;
  }
}

/** Why a file is not served, as reading it has told. */
function flawOf(path: string, check: Exclude<FileCheck, { state: 'whole' }>): P2pError {
  if (check.state === 'missing') return check.error;
  return check.state === 'damaged' ? damaged(path) : changed(path);
}
