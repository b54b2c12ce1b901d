/** The statements behind the files of a group and the shares that keep them there. */
import { sql, type Kysely } from 'kysely';
import { SHARES_ENDED_AT_ONCE } from '../../../net/limits.js';
import type { ListedFile, StoredFile, StoreTransaction } from '../store.js';
import { goneFrom, removeContents } from './contents.js';
import type { Tables } from './tables.js';
import type { Wording } from './wording.js';

type Tx = Kysely<Tables>;

type FileStatements = Pick<StoreTransaction, 'findFile'>;

type ShareStatements = Pick<
  StoreTransaction,
  | 'hasShare'
  | 'addShare'
  | 'countSharesOf'
  | 'countSharesOfName'
  | 'findDescribedBytes'
  | 'sharesName'
  | 'sharesContent'
  | 'removeShare'
  | 'removeSharesOf'
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
export function shareStatements(tx: Tx, wording: Wording): ShareStatements {
  return { ...shareCounts(tx), ...shareChanges(tx), ...shareEnds(tx, wording) };
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

type ShareEnd = 'removeShare' | 'removeSharesOf';

function shareChanges(tx: Tx): Omit<ShareStatements, ShareCount | ShareEnd> {
  return {
    async hasShare({ groupId, name, userId, deviceId }) {
      const row = await tx
        .selectFrom('shares')
        .select('seq')
        .where('group_id', '=', groupId)
        .where('name', '=', name)
        .where('user_id', '=', userId)
        .where('device_id', '=', deviceId)
        .executeTakeFirst();
      return row !== undefined;
    },
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
    async sharesContent(groupId, fileId, { userId, deviceId }) {
      const row = await tx
        .selectFrom('files')
        .innerJoin('shares', (join) =>
          join
            .onRef('shares.group_id', '=', 'files.group_id')
            .onRef('shares.name', '=', 'files.name'),
        )
        .select('shares.seq')
        .where('files.file_id', '=', fileId)
        .where('files.group_id', '=', groupId)
        .where('shares.device_id', '=', deviceId)
        .where('shares.user_id', '=', userId)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function shareEnds(tx: Tx, wording: Wording): Pick<ShareStatements, ShareEnd> {
  return {
    async removeShare({ groupId, name, userId, deviceId }) {
      await tx
        .deleteFrom('shares')
        .where('group_id', '=', groupId)
        .where('name', '=', name)
        .where('user_id', '=', userId)
        .where('device_id', '=', deviceId)
        .execute();
      await removeUnshared(tx, wording, groupId, [name]);
    },
    async removeSharesOf(groupId, userId, between) {
      const gone: string[] = [];
      for (;;) {
        const names = await endSomeShares(tx, wording, groupId, userId);
        if (names.size === 0) return gone;
        const unshared = await removeUnshared(tx, wording, groupId, names);
        gone.push(...(await goneFrom(tx, wording, groupId, unshared)));
        await between?.();
      }
    },
  };
}

/**
 * Ends some shares of a user in a group and returns their names; a statement for each step, not for each
 * share, because members share tens of thousands.
 */
async function endSomeShares(
  tx: Tx,
  { sharesByUser }: Wording,
  groupId: string,
  userId: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    DELETE FROM shares WHERE seq IN (
      SELECT seq FROM ${sharesByUser}
        WHERE user_id = ${userId} AND group_id = ${groupId} LIMIT ${SHARES_ENDED_AT_ONCE})
    RETURNING name`.execute(tx);
  return new Set(rows.map(({ name }) => name));
}

/** Removes those names that nobody shares any more; returns what they stood for. */
function removeUnshared(
  tx: Tx,
  wording: Wording,
  groupId: string,
  names: Iterable<string>,
): Promise<string[]> {
  const deletion = tx
    .deleteFrom('files')
    .where('group_id', '=', groupId)
    .where(sql<boolean>`name IN ${wording.rowsOf(names)}`)
    .where(
      sql<boolean>`NOT EXISTS (SELECT 1 FROM shares
        WHERE shares.group_id = files.group_id AND shares.name = files.name)`,
    );
  return removeContents(tx, wording, deletion);
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
