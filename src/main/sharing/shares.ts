/**
 * What this client's user shares: the library's rows, the offers that serve them, and what the
 * tracker knows of both. A file is served only while it is on disk as it was when it was hashed.
 *
 *   shared (in the library) → offered (served, announced) → withdrawn
 */
import { stat } from 'node:fs/promises';
import { Bitfield } from '../../net/bitfield.js';
import {
  P2pError,
  StorageError,
  TrackerError,
  bug,
  toStorageError,
  type ErrorCode,
} from '../../net/errors.js';
import { MAX_ANNOUNCED_PER_CALL, MAX_PENDING_REQUESTS_PER_SESSION } from '../../net/limits.js';
import { pieceLayout } from '../../net/piece-layout.js';
import type { Announcement } from '../../net/tracker-api.js';
import type { LoginResult } from '../api/engine-api.js';
import { isUnchanged, stampOf, type FileStamp } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import { openFile } from '../disk/open-files.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { Offer, Uploads } from './uploads.js';
import { shareFile } from '../account/description-transfer.js';

/** Shares put online at a time, within what one session may ask of the tracker. */
const RESTORE_CONCURRENCY = MAX_PENDING_REQUESTS_PER_SESSION / 4;

type Skipped = LoginResult['skipped'][number];

export class Shares {
  readonly #library: Library;
  readonly #uploads: Uploads;

  constructor(library: Library, uploads: Uploads) {
    this.#library = library;
    this.#uploads = uploads;
  }

  /** Puts every share of the account online again, and says which cannot be, and why. */
  async restore(
    calls: TrackerCalls,
    account: Account,
  ): Promise<{ restored: number; skipped: Skipped[] }> {
    const shares = this.#library.sharesOf(account);
    const skipped: Skipped[] = [];
    let restored = 0;
    const queue = shares.values();
    const work = async (): Promise<void> => {
      for (const share of queue) {
        const reason = await this.#restoreOne(calls, account, share);
        if (reason === undefined) restored++;
        else skipped.push({ groupId: share.groupId, name: share.name, reason });
      }
    };
    await Promise.all(Array.from({ length: RESTORE_CONCURRENCY }, work));
    await this.announceAll(calls);
    return { restored, skipped };
  }

  /** Tells the tracker everything that is offered, for instance after a reconnect. */
  async announceAll(calls: TrackerCalls): Promise<void> {
    const files = [...this.#uploads.offers()].map((offer) => announcementOf(offer));
    for (let first = 0; first < files.length; first += MAX_ANNOUNCED_PER_CALL) {
      await calls.call('announce', { files: files.slice(first, first + MAX_ANNOUNCED_PER_CALL) });
    }
  }

  /** Serves a file from now on; whoever offers it also announces it. */
  offer(share: LibraryShare): void {
    this.#uploads.offer(offerOf(share));
  }

  /**
   * Stops sharing a file under a name.
   * @throws TrackerError NOT_SHARED when this client does not share it
   */
  async stop(calls: TrackerCalls, account: Account, groupId: string, name: string): Promise<void> {
    const share = this.#library.removeShare(account, groupId, name);
    // First of all nothing more of it is served, whatever the tracker says then.
    if (share) this.#withdrawUnlessStillShared(account, share);
    await calls.call('stopShare', { groupId, name }).catch((error: unknown) => {
      // Ours is gone from the library either way; the tracker not knowing it is no failure.
      if (!share || !(error instanceof TrackerError) || error.code !== 'NOT_SHARED') throw error;
    });
  }

  /** True when a file on disk is shared, and still is what was shared. */
  async hasUnchanged(account: Account, fileId: string, path: string): Promise<boolean> {
    const share = this.#library
      .sharesByFileId(account, fileId)
      .find((candidate) => candidate.path === path);
    if (!share) return false;
    return requireUnchanged(path, share.stamp).then(
      () => true,
      () => false,
    );
  }

  /**
   * A shared file turned out to be gone or changed: another one of the same content takes its
   * place, if this client shares one. The share itself stays.
   */
  async onBroken(calls: TrackerCalls, account: Account, offer: Offer): Promise<void> {
    const { groupId, fileId } = offer;
    for (const share of this.#library.sharesByFileId(account, fileId)) {
      if (share.groupId !== groupId) continue;
      // The tracker still counts this client as a source, and now it is one again.
      if (await this.hasUnchanged(account, fileId, share.path)) return this.offer(share);
    }
    await calls.call('announce', { files: [{ groupId, fileId, state: 'gone' }] });
  }

  #withdrawUnlessStillShared(account: Account, { groupId, fileId }: LibraryShare): void {
    const others = this.#library.sharesByFileId(account, fileId);
    if (!others.some((other) => other.groupId === groupId)) {
      this.#uploads.withdraw(groupId, fileId, 'NOT_SHARED');
    }
  }

  /** Puts one share online; answers why it cannot be. */
  async #restoreOne(
    calls: TrackerCalls,
    account: Account,
    share: LibraryShare,
  ): Promise<string | undefined> {
    try {
      await requireUnchanged(share.path, share.stamp);
      const encoded =
        this.#library.description(share.fileId) ?? bug('a share without a description');
      const { groupId, name, fileId } = share;
      await shareFile(calls, { groupId, name, fileId }, encoded);
      this.#uploads.offer(offerOf(share));
      return undefined;
    } catch (error) {
      if (!(error instanceof P2pError) || isAboutTheLink(error.code)) throw error;
      // Removed from the group while this client was away: its shares there have ended.
      if (error.code === 'NOT_A_MEMBER') this.#library.removeGroup(account, share.groupId);
      return error.message;
    }
  }
}

/** An offer of a whole file on disk. */
function offerOf(share: LibraryShare): Offer {
  const layout =
    pieceLayout(share.stamp.size, share.pieceLength) ?? bug('a share with an impossible layout');
  return {
    fileId: share.fileId,
    groupId: share.groupId,
    layout,
    pieces: Bitfield.full(layout.pieceCount),
    open: async () => {
      const file = await openFile(share.path, 'r');
      const now = stampOf(await file.handle.stat({ bigint: true }));
      if (isUnchanged(share.stamp, now)) return file;
      await file.release();
      throw changed(share.path);
    },
  };
}

function announcementOf(offer: Offer): Announcement {
  const { groupId, fileId } = offer;
  return { groupId, fileId, state: offer.pieces.isFull ? 'complete' : 'partial' };
}

/** @throws StorageError FILE_CHANGED or FILE_NOT_FOUND */
async function requireUnchanged(path: string, stamp: FileStamp): Promise<void> {
  let now: FileStamp;
  try {
    now = stampOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${path}`);
  }
  if (!isUnchanged(stamp, now)) throw changed(path);
}

function changed(path: string): StorageError {
  return new StorageError(
    'FILE_CHANGED',
    `${path} has changed since it was shared; share it again`,
  );
}

function isAboutTheLink(code: ErrorCode): boolean {
  return code === 'CONNECTION_LOST' || code === 'TIMEOUT' || code === 'NOT_LOGGED_IN';
}
