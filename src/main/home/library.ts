/**
 * The client's library: what each account shares and downloads, in one SQLite file in write-ahead mode. What `gather`
 * has told of survives a power cut, and so does a transaction by itself that has returned. Synchronous but for the
 * disk, on purpose: rows are few and small. It never looks at the files it speaks of, and it has one owner, the
 * engine that holds the home's lock.
 *
 * Over 300 lines, because shares and downloads are changed together: what is complete is shared.
 */
import { isFolderDescription } from '../../net/description.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import type { GuardedDatabase } from '../../net/embedded-database.js';
import { emptyLog } from '../../net/checkpoints.js';
import { bug, StorageError, type WireError } from '../../net/errors.js';
import { MAX_FINISHED_DOWNLOADS } from '../../net/limits.js';
import { neverClose } from '../../net/lost-database.js';
import type { WriteAheadLog } from '../../net/write-ahead-log.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { Turn } from './download-turn.js';
import { GroupCommit } from './group-commit.js';
import { closeQuietly } from './close-quietly.js';
import { keptColumns, keptRecordOf, type KeptRecord, type KeptRow } from './kept-record.js';
import { toDownload, toScrubRound, toShare } from './library-records.js';
import type { Account, DownloadRow, LibraryDownload, LibraryShare } from './library-records.js';
import type { NewDownload, ScrubRound, ScrubRoundRow, Share } from './library-records.js';
import type { ShareRow, StoredDescription } from './library-records.js';
import { libraryStatements, type LibraryStatements } from './library-statements.js';
import type { Spool } from './spool.js';
import { SyncedItems } from './synced-items.js';

/** What a download has left, as far as the library knows. */
export interface LeftRecord {
  readonly kept: KeptRecord | undefined;
  /** What a version that did not sync has verified: worth hashing, and no more. */
  readonly verified: Uint8Array | undefined;
}

/** What becomes shared with a download that is complete. */
export interface FinishedShare {
  readonly keepsShare?: boolean;
  readonly choice?: FolderChoice | undefined;
}

/** Of no row: not even of those that were written before groups had one. */
const NO_INCARNATION = '-';

/** The open library; every method is one transaction. */
export class Library {
  /** Of folders that are kept the same as a group. */
  readonly synced: SyncedItems;
  readonly #database: GuardedDatabase;
  readonly #sql: LibraryStatements;
  readonly #commits: GroupCommit;
  readonly #spool: Pick<Spool, 'isForGuests' | 'guestPattern'>;
  readonly #log: WriteAheadLog | undefined;
  /** Accounts whose downloads have ended in the present commit. */
  readonly #untrimmed = new Map<string, Account>();
  /** How many downloads of an account have ended, or more: never fewer. */
  readonly #endedCounts = new Map<string, number>();
  #closed: Promise<void> | undefined;

  /** Without a log the database itself waits for the disk, or nobody does. */
  constructor(
    database: GuardedDatabase,
    spool: Pick<Spool, 'isForGuests' | 'guestPattern'>,
    log?: WriteAheadLog,
  ) {
    this.#database = database;
    this.#spool = spool;
    this.#log = log;
    this.#sql = libraryStatements(database);
    this.#commits = new GroupCommit(database, () => this.#forgetUntrimmed(), log);
    this.synced = new SyncedItems(database, this.#commits);
  }

  /**
   * Makes changes by the other methods, in one commit with what others gather at the same time.
   * Resolves when it is on disk. Every change that is not urgent goes this way. A change that
   * throws is undone alone.
   */
  gather<T>(change: () => T): Promise<T> {
    return this.#commits.gather(change);
  }

  /**
   * Resolves when all that is seen by now is on the disk: what is to be done outside because of it can be done.
   * @throws LostLibraryError
   */
  whenOnDisk(): Promise<void> {
    return this.#commits.gather(() => undefined);
  }

  /** Its disk has failed: it is never closed, and the next process is to open it. */
  get isLost(): boolean {
    return this.#commits.isLost;
  }

  /** Adds a share, or replaces the one of the same name in that group. */
  addShare(account: Account, share: Share, description: StoredDescription): void {
    if (share.fileId !== description.fileId) bug('a share with the description of another file');
    this.#commits.transaction(() => {
      this.#keepDescription(description);
      this.#putShare(account, share, share.choice);
    });
  }

  /** The file of a share was found to be what it was, with this stamp. */
  restamp(account: Account, share: Share, stamp: FileStamp): void {
    this.#stamp(account, share, stamp, null);
  }

  /** The file of a share, as it has this stamp, was found not to be what was shared. */
  noteDamage(account: Account, share: Share, stamp: FileStamp, nowMs: number): void {
    this.#stamp(account, share, stamp, nowMs);
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

  /** Which they are, and no more of them. */
  sharedContents({ trackerId, userId }: Account): Pick<Share, 'groupId' | 'name' | 'fileId'>[] {
    const rows = this.#sql.sharedContents.all(trackerId, userId);
    return (rows as Pick<ShareRow, 'group_id' | 'name' | 'file_id'>[]).map(
      ({ group_id: groupId, name, file_id: fileId }) => ({ groupId, name, fileId }),
    );
  }

  /** The same in parts: the next ones after a place in that order. */
  sharesAfter(
    account: Account,
    after: Pick<Share, 'groupId' | 'name'> | undefined,
    limit: number,
  ): LibraryShare[] {
    const { groupId, name } = after ?? { groupId: '', name: '' };
    const { trackerId, userId } = account;
    const rows = this.#sql.sharesAfter.all(trackerId, userId, groupId, name, limit);
    return (rows as ShareRow[]).map(toShare);
  }

  /** How far the checking of an account's shares has come; undefined before the first round. */
  scrubRound({ trackerId, userId }: Account): ScrubRound | undefined {
    const row = this.#sql.scrubRound.get(trackerId, userId) as ScrubRoundRow | undefined;
    return row && toScrubRound(row);
  }

  saveScrubRound({ trackerId, userId }: Account, { startedAtMs, next }: ScrubRound): void {
    const place = [next?.groupId ?? null, next?.name ?? null, next?.piece ?? null];
    this.#commits.transaction(
      () => void this.#sql.saveScrubRound.run(trackerId, userId, startedAtMs, ...place),
    );
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

  /** Shares in which pieces of a content may be: those of its own name first, then the latest. */
  donorsOf(
    { trackerId, userId }: Account,
    { groupId, name, pieceLength }: Pick<LibraryShare, 'groupId' | 'name' | 'pieceLength'>,
    limit: number,
  ): LibraryShare[] {
    const rows = this.#sql.donorsOf.all(trackerId, userId, pieceLength, groupId, name, limit);
    return (rows as ShareRow[]).map(toShare);
  }

  /** The description of a content that is shared, or of which a download is on the list. */
  description(fileId: string): Uint8Array | undefined {
    const row = this.#sql.description.get(fileId) as { encoded: Uint8Array } | undefined;
    return row?.encoded;
  }

  /** Notes a download that starts; `description` stays until it is forgotten. */
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
        download.choice?.bytes ?? null,
        download.over ?? null,
        priorityColumn(download.turn),
        download.turn?.place ?? null,
      );
    });
  }

  /** Marks an unfinished download as running again, in the group that has the name now, of so much. */
  restartDownload(
    id: string,
    incarnation: string,
    { size, choice, over }: Partial<Pick<NewDownload, 'size' | 'choice' | 'over'>> = {},
  ): void {
    const row = [incarnation, choice?.bytes ?? null, over ?? null, size ?? null, id];
    this.#change(id, () => this.#sql.restartDownload.run(...row));
  }

  /** The greatest place in the line that a download has. */
  lastPlace(): number {
    return (this.#sql.lastPlace.get() as { place: number }).place;
  }

  /** Changes when downloads have their turns; those that are gone are left out. */
  setTurns(turns: ReadonlyMap<string, Turn>): void {
    this.#commits.transaction(() => {
      for (const [id, turn] of turns) this.#sql.setTurn.run(priorityColumn(turn), turn.place, id);
    });
  }

  /** Notes which pieces are on the disk, and what the part file was then. One that is complete by now needs no note. */
  saveKept(id: string, record: KeptRecord): void {
    this.#commits.transaction(() => {
      const result = this.#sql.saveKept.run(...keptColumns(id, record), id);
      if (this.findDownload(id)?.state !== 'complete') this.#mustChange(result, id);
    });
  }

  /** Nothing of the part file counts as kept any more. */
  dropKept(id: string): void {
    this.#change(id, () => this.#sql.dropKept.run(id));
  }

  /** Another part file takes the place of the one before; nothing of it is verified. */
  movePart(id: string, partPath: string): void {
    this.#change(id, () => this.#sql.movePart.run(partPath, id));
  }

  /** What was noted of the pieces of a download that is not complete. */
  leftOf(id: string): LeftRecord {
    const row = this.#sql.leftOf.get(id) as (KeptRow & { bitfield: Uint8Array | null }) | undefined;
    if (!row) return { kept: undefined, verified: undefined };
    return { kept: keptRecordOf(id, row), verified: row.bitfield ?? undefined };
  }

  /** It is known, and not complete. */
  isUnfinished(id: string): boolean {
    return this.#sql.isUnfinished.get(id) !== undefined;
  }

  /**
   * Marks a download complete and shares its file, or the chosen entries of its folder, both or neither;
   * with `keepsShare` what is shared under that name stays as it is.
   */
  finishDownload(
    id: string,
    stamp: FileStamp,
    nowMs: number,
    { keepsShare = false, choice }: FinishedShare = {},
  ): void {
    this.#commits.transaction(() => {
      this.#mustChange(this.#sql.completeDownload.run(nowMs, id), id);
      const row = this.#sql.downloadById.get(id) as DownloadRow & AccountRow;
      const { groupId, incarnation, name, fileId, path } = toDownload(row);
      const account = { trackerId: row.tracker_id, userId: row.user_id };
      const share = { groupId, incarnation, name, fileId, path, stamp, sharedAtMs: nowMs };
      if (!keepsShare) this.#putShare(account, share, choice);
      this.#onDownloadEnded(account);
    });
  }

  /** The file of a download was made whole again: what it is compares with that moment. */
  noteRepaired(account: Account, fileId: string, path: string, nowMs: number): void {
    const row = [nowMs, account.trackerId, account.userId, fileId, path];
    this.#commits.transaction(() => void this.#sql.noteRepaired.run(...row));
  }

  /** Marks a download failed; what it has verified stays for the next try. */
  failDownload(id: string, error: WireError, nowMs: number): void {
    this.#commits.transaction(() => {
      this.#mustChange(this.#sql.failDownload.run(error.code, error.message, nowMs, id), id);
      const row = this.#sql.downloadById.get(id) as AccountRow;
      this.#onDownloadEnded({ trackerId: row.tracker_id, userId: row.user_id });
    });
  }

  /** Notes another end of a download that is not complete. */
  endDownload(id: string, error: WireError, nowMs: number): void {
    if (this.findDownload(id)?.state === 'running') return this.failDownload(id, error, nowMs);
    this.#change(id, () => this.#sql.endDownload.run(error.code, error.message, nowMs, id));
  }

  /** The latest download of that file to that path which is not complete. */
  unfinishedDownload(
    account: Account,
    groupId: string,
    name: string,
    path: string,
  ): LibraryDownload | undefined {
    const { trackerId, userId } = account;
    const row: unknown = this.#sql.unfinishedDownloads.get(trackerId, userId, groupId, name, path);
    return row === undefined ? undefined : toDownload(row as DownloadRow);
  }

  /** All of them, the latest first. */
  unfinishedDownloads(
    account: Account,
    groupId: string,
    name: string,
    path: string,
  ): LibraryDownload[] {
    const { trackerId, userId } = account;
    const rows = this.#sql.unfinishedDownloads.all(trackerId, userId, groupId, name, path);
    return (rows as unknown as DownloadRow[]).map(toDownload);
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

  /** A download as it stands now; undefined once it is forgotten. */
  findDownload(id: string): LibraryDownload | undefined {
    const row: unknown = this.#sql.downloadById.get(id);
    return row === undefined ? undefined : toDownload(row as DownloadRow);
  }

  /** Notes the end of a download, unless somebody has ended, paused or forgotten it meanwhile. */
  failRunningDownload(id: string, error: WireError, nowMs: number): void {
    if (this.findDownload(id)?.state === 'running') this.failDownload(id, error, nowMs);
  }

  /** Whether a share or a download of any account has its file at that path. */
  isNamed(path: string): boolean {
    return this.#sql.isNamed.get(path) !== undefined;
  }

  /** The downloads of an account, oldest first. What is fetched for guests is on nobody's list. */
  listDownloads(account: Account): LibraryDownload[] {
    const rows = this.#sql.listDownloads.all(account.trackerId, account.userId) as DownloadRow[];
    return rows.filter(({ path }) => !this.#spool.isForGuests(path)).map(toDownload);
  }

  /** Takes the downloads of any account to that path off, in whatever state, and returns them. */
  removeDownloadsAt(path: string): LibraryDownload[] {
    return this.#commits.transaction(() => {
      const rows = this.#sql.downloadsAt.all(path) as DownloadRow[];
      this.#sql.removeDownloadsAt.all(path);
      for (const row of rows) this.#dropDescriptionIfUnused(row.file_id);
      return rows.map(toDownload);
    });
  }

  /** Where something was fetched for guests, of any account, as downloads and shares name it. */
  guestPaths(): string[] {
    const rows = this.#sql.guestPaths.all(this.#spool.guestPattern) as { path: string }[];
    return rows.map(({ path }) => path);
  }

  /** What any account shares from that path. */
  sharesAt(path: string): (Account & Pick<Share, 'groupId' | 'name'>)[] {
    const rows = this.#sql.sharesAt.all(path) as (AccountRow & ShareRow)[];
    return rows.map(({ tracker_id: trackerId, user_id: userId, group_id: groupId, name }) => ({
      ...{ trackerId, userId, groupId, name },
    }));
  }

  /** Removes what any account shares from that path. */
  removeSharesAt(path: string): void {
    this.#commits.transaction(() => {
      const rows = this.#sql.removeSharesAt.all(path) as { file_id: string }[];
      for (const row of rows) this.#dropDescriptionIfUnused(row.file_id);
    });
  }

  /** Commits what waits and closes the file, unless that is lost; idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#commits.end();
    await this.#log?.close();
    // The embedded engine of Node 20 keeps the file open until its statements are collected;
    // after this the main file is whole by itself, whenever that is.
    if (!this.isLost) this.#emptyLog();
    // What the disk has lost may still look as if it were there: the next process reads the log itself.
    if (this.isLost) neverClose(this.#database);
    else closeQuietly(this.#database);
  }

  #emptyLog(): void {
    try {
      emptyLog(this.#database);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#commits.onLost(error);
    }
  }

  #keepDescription({ fileId, pieceLength, encoded }: StoredDescription): void {
    const isFolder = isFolderDescription(encoded) ? 1 : 0;
    this.#sql.keepDescription.run(fileId, pieceLength, encoded, isFolder);
  }

  #dropDescriptionIfUnused(fileId: string): void {
    this.#sql.dropDescriptionIfUnused.run(fileId);
  }

  #stamp(account: Account, share: Share, stamp: FileStamp, damagedAtMs: number | null): void {
    const { groupId, name, path } = share;
    const { size, mtimeNs, inode, ctimeNs } = stamp;
    const row = [account.trackerId, account.userId, groupId, name, path];
    const ctime = ctimeNs === undefined ? null : String(ctimeNs);
    const is = [size, String(mtimeNs), String(inode), ctime, damagedAtMs];
    this.#commits.transaction(() => void this.#sql.restamp.run(...is, ...row));
  }

  #putShare(account: Account, share: Share, choice: FolderChoice | undefined): void {
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
      choice?.bytes ?? null,
    );
    if (replaced !== undefined) this.#dropDescriptionIfUnused(replaced.fileId);
  }

  /** The list must not grow without end; looking once per commit is enough. */
  #onDownloadEnded(account: Account): void {
    const key = `${account.trackerId} ${account.userId}`;
    const count = this.#endedCounts.get(key);
    if (count !== undefined) this.#endedCounts.set(key, count + 1);
    if (this.#commits.isGathering)
      this.#untrimmed.set(`${account.trackerId} ${account.userId}`, account);
    else this.#forgetOldDownloads(account);
  }

  #countEnded({ trackerId, userId }: Account): number {
    return (this.#sql.countEnded.get(trackerId, userId) as { count: number }).count;
  }

  #forgetUntrimmed(): void {
    for (const account of this.#untrimmed.values()) this.#forgetOldDownloads(account);
    this.#untrimmed.clear();
  }

  #forgetOldDownloads({ trackerId, userId }: Account): void {
    const key = `${trackerId} ${userId}`;
    const count = this.#endedCounts.get(key) ?? this.#countEnded({ trackerId, userId });
    this.#endedCounts.set(key, count);
    if (count <= MAX_FINISHED_DOWNLOADS) return;
    this.#endedCounts.delete(key);
    const most = MAX_FINISHED_DOWNLOADS;
    const { guestPattern } = this.#spool;
    const rows = this.#sql.forgetOldDownloads.all(trackerId, userId, most, guestPattern);
    for (const row of rows as { file_id: string }[]) this.#dropDescriptionIfUnused(row.file_id);
  }

  #change(id: string, change: () => { changes: number | bigint }): void {
    this.#commits.transaction(() => this.#mustChange(change(), id));
  }

  #mustChange(result: { changes: number | bigint }, id: string): void {
    if (Number(result.changes) !== 1) bug(`download ${id} is not in the state for this change`);
  }
}

/** The normal one has none. */
function priorityColumn(turn: Turn | undefined): string | null {
  return turn === undefined || turn.priority === 'normal' ? null : turn.priority;
}

interface AccountRow {
  readonly tracker_id: string;
  readonly user_id: string;
}
