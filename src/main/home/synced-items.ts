/**
 * What a folder that is kept the same as a group had of each of its items, the last time that both agreed. Rows of the
 * library; changes go through its common commits.
 */
import type { GuardedDatabase } from '../../net/embedded-database.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { GroupCommit } from './group-commit.js';
import type { Account } from './library-records.js';
import { wholeNumber } from './whole-number.js';

/** Which folder, of which group. */
export interface SyncedFolder {
  readonly groupId: string;
  /** Absolute, without links. */
  readonly folder: string;
}

/** An item, as it was when both agreed. */
export interface SyncedItem {
  readonly name: string;
  /** Which group of that name. */
  readonly incarnation: string;
  readonly fileId: string;
  /** `brought`: it came from the group; `shared`: from here; `found`: it was in both already. */
  readonly origin: 'brought' | 'shared' | 'found';
  /** The user has removed it here, and wants this content no more. */
  readonly isGone: boolean;
  /** What was here then; of a folder it stands for all its files. Absent: it is on its way, or gone. */
  readonly stamp?: FileStamp;
}

interface SyncedRow {
  readonly name: string;
  readonly incarnation: string;
  readonly file_id: string;
  readonly origin: SyncedItem['origin'];
  readonly is_gone: number;
  readonly size: number | null;
  readonly mtime_ns: string | null;
  readonly inode: string | null;
  readonly ctime_ns: string | null;
}

function statements(database: GuardedDatabase) {
  const which = 'tracker_id = ? AND user_id = ? AND group_id = ? AND folder = ?';
  return {
    list: database.prepare(
      `SELECT name, incarnation, file_id, origin, is_gone, size, mtime_ns, inode, ctime_ns
       FROM synced WHERE ${which} ORDER BY name`,
    ),
    put: database.prepare(
      `INSERT OR REPLACE INTO synced (tracker_id, user_id, group_id, folder, name, incarnation,
         file_id, origin, is_gone, size, mtime_ns, inode, ctime_ns)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    remove: database.prepare(`DELETE FROM synced WHERE ${which} AND name = ?`),
  };
}

export class SyncedItems {
  readonly #sql: ReturnType<typeof statements>;
  readonly #commits: GroupCommit;

  constructor(database: GuardedDatabase, commits: GroupCommit) {
    this.#sql = statements(database);
    this.#commits = commits;
  }

  /** All of a folder, by name. */
  list(account: Account, folder: SyncedFolder): SyncedItem[] {
    const rows = this.#sql.list.all(...keyOf(account, folder));
    return (rows as SyncedRow[]).map(toItem);
  }

  /** Notes one, in the place of what was noted of that name. */
  put(account: Account, folder: SyncedFolder, item: SyncedItem): Promise<void> {
    const { name, incarnation, fileId, origin, isGone, stamp } = item;
    const text = (value: bigint | undefined): string | null =>
      value === undefined ? null : String(value);
    const about = [name, incarnation, fileId, origin, isGone ? 1 : 0];
    const times = [text(stamp?.mtimeNs), text(stamp?.inode), text(stamp?.ctimeNs)];
    const row = [...keyOf(account, folder), ...about, stamp?.size ?? null, ...times];
    return this.#commits.gather(() => void this.#sql.put.run(...row));
  }

  remove(account: Account, folder: SyncedFolder, name: string): Promise<void> {
    const row = [...keyOf(account, folder), name];
    return this.#commits.gather(() => void this.#sql.remove.run(...row));
  }
}

function keyOf({ trackerId, userId }: Account, { groupId, folder }: SyncedFolder): string[] {
  return [trackerId, userId, groupId, folder];
}

function toItem(row: SyncedRow): SyncedItem {
  const { name, incarnation, file_id: fileId, origin, is_gone: isGone } = row;
  const { size, mtime_ns: mtimeNs, inode, ctime_ns: ctimeNs } = row;
  const item = { name, incarnation, fileId, origin, isGone: isGone !== 0 };
  if (size === null || mtimeNs === null || inode === null) return item;
  const stamp = { size, mtimeNs: wholeNumber(mtimeNs), inode: wholeNumber(inode) };
  return {
    ...item,
    stamp: ctimeNs === null ? stamp : { ...stamp, ctimeNs: wholeNumber(ctimeNs) },
  };
}
