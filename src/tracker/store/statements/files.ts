/** The statements behind the files of a group and the shares that keep them there. */
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { ListedFile, StoredFile } from '../stored.js';
import type { Tables } from './tables.js';

type Tx = Kysely<Tables>;

type FileStatements = Pick<StoreTransaction, 'findFile'>;

type ShareStatements = Pick<
  StoreTransaction,
  'addShare' | 'countSharesOf' | 'countSharesOfName' | 'findDescribedBytes' | 'sharesName'
>;

/** Binds the statements on files to one transaction. */
export function fileStatements(tx: Tx): FileStatements {
  return {
    async findFile(groupId, name) {
      const query = tx.selectFrom('files').selectAll().where('group_id', '=', groupId);
      const row = await query.where('name', '=', name).executeTakeFirst();
      return row && toFile(row);
    },
  };
}

/** Binds the statements on shares to one transaction. */
export function shareStatements(tx: Tx): ShareStatements {
  return { ...shareCounts(tx), ...shareChanges(tx) };
}

type ShareCount = 'countSharesOf' | 'countSharesOfName' | 'findDescribedBytes';

function shareCounts(tx: Tx): Pick<ShareStatements, ShareCount> {
  return {
    async countSharesOf(userId) {
      const query = tx.selectFrom('users').select('share_count').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.share_count ?? 0;
    },
    async countSharesOfName(groupId, name, userId) {
      const query = tx.selectFrom('shares').where('group_id', '=', groupId);
      const row = await query
        .where('name', '=', name)
        .where('user_id', '=', userId)
        .select((of) => of.fn.countAll<number>().as('count'))
        .executeTakeFirst();
      return row?.count ?? 0;
    },
    async findDescribedBytes(userId) {
      const query = tx.selectFrom('users').select('described_bytes').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.described_bytes ?? 0;
    },
  };
}

function shareChanges(tx: Tx): Omit<ShareStatements, ShareCount> {
  return {
    async addShare({ groupId, name, userId, deviceId }, nowMs) {
      await tx
        .insertInto('shares')
        .values({
          group_id: groupId,
          name,
          user_id: userId,
          device_id: deviceId,
          shared_at_ms: nowMs,
        })
        .execute();
    },
    sharesName: (groupId, name, userId) => sharesName(tx, groupId, name, userId),
  };
}

async function sharesName(tx: Tx, groupId: string, name: string, userId: string): Promise<boolean> {
  const query = tx.selectFrom('shares').select('seq').where('group_id', '=', groupId);
  const ofUser = query.where('name', '=', name).where('user_id', '=', userId);
  return (await ofUser.limit(1).executeTakeFirst()) !== undefined;
}

interface FileColumns {
  group_id: string;
  name: string;
  file_id: string;
  size: number;
}

function toFile(row: FileColumns): StoredFile {
  return { groupId: row.group_id, name: row.name, fileId: row.file_id, size: row.size };
}

export interface ListedColumns extends FileColumns {
  sharer: string;
  /** Where it is asked for. */
  sharer_device?: string;
  shared_at_ms: number;
  folder_files: number | null;
}

export function toListedFile(row: ListedColumns): ListedFile {
  const { sharer, sharer_device: device, shared_at_ms: sharedAtMs, folder_files: files } = row;
  return {
    ...{ ...toFile(row), sharer, sharedAtMs },
    ...(device !== undefined && { sharerDevice: device }),
    ...(files !== null && { files }),
  };
}
