/**
 * The client's library: what each account shares and downloads, in one SQLite file (WAL,
 * synchronous=FULL, so a change that returned survives a power cut). Synchronous on purpose:
 * rows are few and small. It never looks at the files it speaks of, and it has one owner, the
 * engine that holds the home's lock.
 */
import { chmod } from 'node:fs/promises';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../net/embedded-database.js';
import { StorageError, bug, toStorageError, type WireError } from '../../net/errors.js';
import { MAX_FINISHED_DOWNLOADS } from '../../net/limits.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { GroupCommit } from './group-commit.js';
import type { Home } from './home.js';
import { toDownload, toShare } from './library-records.js';
import type { Account, DownloadRow, LibraryDownload, LibraryShare } from './library-records.js';
import type { NewDownload, Share, ShareRow, StoredDescription } from './library-records.js';
import { migrateLibrary } from './library-schema.js';
import { libraryStatements, type LibraryStatements } from './library-statements.js';

/** Opens (or creates) the library of a home. */
export async function openLibrary(home: Home): Promise<Library> {
  const path = home.libraryPath;
  const database = await openEmbeddedDatabase(path);
  try {
    // The empty transaction creates the file; its companions take over its mode.
    database.exec('PRAGMA busy_timeout=1000; BEGIN IMMEDIATE; COMMIT');
    await chmod(path, 0o600);
    database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON');
    // Checkpoints wait for the disk as well; 16 MiB of log are read back in no time.
    database.exec('PRAGMA wal_autocheckpoint=4096');
    migrateLibrary(database, path);
    return new Library(database);
  } catch (error) {
    database.close();
    throw error instanceof StorageError
      ? error
      : toStorageError(error, `cannot open the library ${path}`);
  }
}

/** Of no row: not even of those that were written before groups had one. */
const NO_INCARNATION = '-';

/** The open library; every method is one transaction. */
export class Library {
  readonly #database: EmbeddedDatabase;
  readonly #sql: LibraryStatements;
  readonly #commits: GroupCommit;
  /** Accounts whose downloads have ended in the present commit. */
  readonly #untrimmed = new Map<string, Account>();
  #isOpen = true;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#sql = libraryStatements(database);
    this.#commits = new GroupCommit(database, () => this.#forgetUntrimmed());
  }

  /**
   * Makes changes by the other methods, in one commit with what others gather at the same time.
   * Resolves when it is on disk. Every change that is not urgent goes this way. A change that
   * throws is undone alone.
   */
  gather<T>(change: () => T): Promise<T> {
    return this.#commits.gather(change);
  }

  /** Adds a share, or replaces the one of the same name in that group. */
  addShare(account: Account, share: Share, description: StoredDescription): void {
    if (share.fileId !== description.fileId) bug('a share with the description of another file');
    this.#commits.transaction(() => {
      this.#keepDescription(description);
      this.#putShare(account, share);
    });
  }

  /** The file of a share was found to be what it was, with this stamp. */
  restamp(account: Account, { groupId, name, path }: Share, stamp: FileStamp): void {
    const { size, mtimeNs, inode, ctimeNs } = stamp;
    const row = [account.trackerId, account.userId, groupId, name, path];
    const ctime = ctimeNs === undefined ? null : String(ctimeNs);
    this.#sql.restamp.run(size, String(mtimeNs), String(inode), ctime, ...row);
  }

  /** Removes a share and returns it; undefined when there is none of that name. */
  removeShare(account: Account, groupId: string, name: string): LibraryShare | undefined {
    return this.#commits.transaction(() => {
      const share = this.share(account, groupId, name);
      this.#sql.removeShare.run(account.trackerId, account.userId, groupId, name);
      if (share !== undefined) this.#dropDescriptionIfUnused(share.fileId);
      return share;
    });
  }

  /**
   * Removes every share in a group and returns them: the user has left it. `kept` is the
   * incarnation of another group that has the name by now, if the user is in such a one.
   */
  removeGroup(account: Account, groupId: string, kept = NO_INCARNATION): LibraryShare[] {
    return this.#commits.transaction(() => {
      const shares = this.sharesOf(account).filter(
        (share) => share.groupId === groupId && share.incarnation !== kept,
      );
      this.#sql.removeGroup.run(account.trackerId, account.userId, groupId, kept);
      for (const share of shares) this.#dropDescriptionIfUnused(share.fileId);
      return shares;
    });
  }

  /** Everything that an account shares, by group and name. */
  sharesOf(account: Account): LibraryShare[] {
    const rows = this.#sql.sharesOf.all(account.trackerId, account.userId);
    return (rows as ShareRow[]).map(toShare);
  }

  /** The share of that name in a group. */
  share(account: Account, groupId: string, name: string): LibraryShare | undefined {
    const { trackerId, userId } = account;
    const row: unknown = this.#sql.shareByName.get(trackerId, userId, groupId, name);
    return row === undefined ? undefined : toShare(row as ShareRow);
  }

  /** The shares of one content; it may be shared with several groups, from several places. */
  sharesByFileId(account: Account, fileId: string): LibraryShare[] {
    const rows = this.#sql.sharesByFileId.all(account.trackerId, account.userId, fileId);
    return (rows as ShareRow[]).map(toShare);
  }

  /** The description of a content that is shared, or downloaded and not yet complete. */
  description(fileId: string): Uint8Array | undefined {
    const row = this.#sql.description.get(fileId) as { encoded: Uint8Array } | undefined;
    return row?.encoded;
  }

  /** Notes a download that starts; `description` stays until it is complete or forgotten. */
  addDownload(account: Account, download: NewDownload, description: StoredDescription): void {
    if (download.fileId !== description.fileId) bug('a download of another file’s description');
    this.#commits.transaction(() => {
      this.#keepDescription(description);
      this.#sql.addDownload.run(
        download.id,
        account.trackerId,
        account.userId,
        download.groupId,
        download.name,
        download.fileId,
        download.path,
        download.partPath,
        download.size,
        download.startedAtMs,
        download.incarnation,
      );
    });
  }

  /** Marks an unfinished download as running again, in the group that has the name now. */
  restartDownload(id: string, incarnation: string): void {
    this.#mustChange(this.#sql.restartDownload.run(incarnation, id), id);
  }

  /** Keeps which pieces are verified: a hint for the next start, never proof. */
  saveBitfield(id: string, bitfield: Uint8Array): void {
    this.#mustChange(this.#sql.saveBitfield.run(bitfield, id), id);
  }

  /** Another part file takes the place of the one before; nothing of it is verified. */
  movePart(id: string, partPath: string): void {
    this.#mustChange(this.#sql.movePart.run(partPath, id), id);
  }

  /** The bitfield kept last; undefined when none was, or the download is complete. */
  bitfieldOf(id: string): Uint8Array | undefined {
    const row = this.#sql.bitfieldOf.get(id) as { bitfield: Uint8Array | null } | undefined;
    return row?.bitfield ?? undefined;
  }

  /**
   * Marks a download complete and shares its file, both or neither; with `keepsShare` what is
   * shared under that name stays as it is.
   */
  finishDownload(id: string, stamp: FileStamp, nowMs: number, keepsShare = false): void {
    this.#commits.transaction(() => {
      this.#mustChange(this.#sql.completeDownload.run(nowMs, id), id);
      const row = this.#sql.downloadById.get(id) as DownloadRow & AccountRow;
      const { groupId, incarnation, name, fileId, path } = toDownload(row);
      const account = { trackerId: row.tracker_id, userId: row.user_id };
      const share = { groupId, incarnation, name, fileId, path, stamp, sharedAtMs: nowMs };
      if (!keepsShare) this.#putShare(account, share);
      this.#onDownloadEnded(account);
    });
  }

  /** Marks a download failed; what it has verified stays for the next try. */
  failDownload(id: string, error: WireError, nowMs: number): void {
    this.#commits.transaction(() => {
      this.#mustChange(this.#sql.failDownload.run(error.code, error.message, nowMs, id), id);
      const row = this.#sql.downloadById.get(id) as AccountRow;
      this.#onDownloadEnded({ trackerId: row.tracker_id, userId: row.user_id });
    });
  }

  /** The latest download of that file to that path which is not complete. */
  unfinishedDownload(
    account: Account,
    groupId: string,
    name: string,
    path: string,
  ): LibraryDownload | undefined {
    const { trackerId, userId } = account;
    const row: unknown = this.#sql.unfinishedDownload.get(trackerId, userId, groupId, name, path);
    return row === undefined ? undefined : toDownload(row as DownloadRow);
  }

  /** Takes a download that has ended off the list. */
  forgetDownload(id: string): void {
    this.#commits.transaction(() => {
      const row = this.#sql.forgetDownload.get(id) as { file_id: string } | undefined;
      if (row) this.#dropDescriptionIfUnused(row.file_id);
    });
  }

  /** The latest download of that file to that path which is complete. */
  completeDownload(
    account: Account,
    groupId: string,
    name: string,
    path: string,
  ): LibraryDownload | undefined {
    const { trackerId, userId } = account;
    const row: unknown = this.#sql.completeDownloadAt.get(trackerId, userId, groupId, name, path);
    return row === undefined ? undefined : toDownload(row as DownloadRow);
  }

  /** The downloads of an account, oldest first. */
  listDownloads(account: Account): LibraryDownload[] {
    const rows = this.#sql.listDownloads.all(account.trackerId, account.userId);
    return (rows as DownloadRow[]).map(toDownload);
  }

  /** Closes the file; idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#commits.flush();
    this.#isOpen = false;
    // The embedded engine of Node 20 keeps the file open until its statements are collected;
    // after this the main file is whole by itself, whenever that is.
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  #keepDescription({ fileId, pieceLength, encoded }: StoredDescription): void {
    this.#sql.keepDescription.run(fileId, pieceLength, encoded);
  }

  #dropDescriptionIfUnused(fileId: string): void {
    this.#sql.dropDescriptionIfUnused.run(fileId);
  }

  #putShare(account: Account, share: Share): void {
    const replaced = this.share(account, share.groupId, share.name);
    const { size, mtimeNs, inode, ctimeNs } = share.stamp;
    this.#sql.putShare.run(
      account.trackerId,
      account.userId,
      share.groupId,
      share.name,
      share.fileId,
      share.path,
      size,
      String(mtimeNs),
      String(inode),
      ctimeNs === undefined ? null : String(ctimeNs),
      share.sharedAtMs,
      share.incarnation,
    );
    if (replaced !== undefined) this.#dropDescriptionIfUnused(replaced.fileId);
  }

  /** The list must not grow without end; looking once per commit is enough. */
  #onDownloadEnded(account: Account): void {
    if (this.#commits.isGathering)
      this.#untrimmed.set(`${account.trackerId} ${account.userId}`, account);
    else this.#forgetOldDownloads(account);
  }

  #forgetUntrimmed(): void {
    for (const account of this.#untrimmed.values()) this.#forgetOldDownloads(account);
    this.#untrimmed.clear();
  }

  #forgetOldDownloads({ trackerId, userId }: Account): void {
    const rows = this.#sql.forgetOldDownloads.all(trackerId, userId, MAX_FINISHED_DOWNLOADS);
    for (const row of rows as { file_id: string }[]) this.#dropDescriptionIfUnused(row.file_id);
  }

  #mustChange(result: { changes: number | bigint }, id: string): void {
    if (Number(result.changes) !== 1) bug(`download ${id} is not in the state for this change`);
  }
}

interface AccountRow {
  readonly tracker_id: string;
  readonly user_id: string;
}
