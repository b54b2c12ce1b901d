/**
 * The statements behind names that get another content: what such a name stood for stays known
 * for a while, with its description, so that downloads of it can end.
 */
import { sql, type Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import { dropUnused, goneFrom, removeContents } from './contents.js';
import { nextPlace } from './file-place.js';
import type { Tables } from './tables.js';
import type { Wording } from './wording.js';

type Tx = Kysely<Tables>;

type VersionStatements = Pick<
  StoreTransaction,
  'replaceFile' | 'isFormerVersion' | 'findReplacement' | 'removeFormerVersions'
>;

/** Binds the statements on former versions to one transaction. */
export function versionStatements(tx: Tx, wording: Wording): VersionStatements {
  return {
    async replaceFile({ groupId, name, fileId, size }, nowMs, keep) {
      await sql`INSERT INTO former_versions (group_id, name, file_id, replaced_at_ms)
        SELECT group_id, name, file_id, ${nowMs} FROM files
        WHERE group_id = ${groupId} AND name = ${name}`.execute(tx);
      // First, because what they count for is what the name stands for.
      const shares = tx.deleteFrom('shares').where('group_id', '=', groupId);
      await shares.where('name', '=', name).execute();
      await tx
        .updateTable('files')
        .set({ file_id: fileId, size, shared_at_ms: nowMs, place: nextPlace(groupId) })
        .where('group_id', '=', groupId)
        .where('name', '=', name)
        .execute();
      await forgetVersion(tx, groupId, name, fileId);
      const gone = await removeContents(tx, wording, beyond(tx, groupId, name, keep));
      return goneFrom(tx, wording, groupId, gone);
    },
    async isFormerVersion(groupId, name, fileId) {
      const query = tx.selectFrom('former_versions').select('seq').where('group_id', '=', groupId);
      const row = await query
        .where('name', '=', name)
        .where('file_id', '=', fileId)
        .executeTakeFirst();
      return row !== undefined;
    },
    async findReplacement(groupId, fileId) {
      const { rows } = await sql<{ name: string; sharer: string | null }>`
        SELECT name, (SELECT user_id FROM shares
          WHERE shares.group_id = former_versions.group_id AND shares.name = former_versions.name
          ORDER BY seq LIMIT 1) AS sharer
        FROM former_versions WHERE file_id = ${fileId} AND group_id = ${groupId}
          AND NOT EXISTS (SELECT 1 FROM files
            WHERE files.file_id = ${fileId} AND files.group_id = ${groupId})
        ORDER BY seq DESC LIMIT 1`.execute(tx);
      const [row] = rows;
      // The newer version may be gone as well.
      return row && row.sharer !== null ? { name: row.name, sharer: row.sharer } : undefined;
    },
    async removeFormerVersions(beforeMs, limit) {
      const rows = await tx
        .selectFrom('former_versions')
        .select(['seq', 'group_id', 'file_id'])
        .where('replaced_at_ms', '<', beforeMs)
        .orderBy('replaced_at_ms')
        .limit(limit)
        .execute();
      // Most often nothing is old enough, and that is asked with every share.
      if (rows.length === 0) return [];
      for (const { seq } of rows) {
        await tx.deleteFrom('former_versions').where('seq', '=', seq).execute();
      }
      await dropUnused(tx, wording, new Set(rows.map((row) => row.file_id)));
      const contents = rows.map((row) => ({ groupId: row.group_id, fileId: row.file_id }));
      const kept = await Promise.all(
        contents.map(({ groupId, fileId }) => hasContent(tx, groupId, fileId)),
      );
      return contents.filter((_, index) => !kept[index]);
    },
  };
}

/** True when a name of the group stands for the content, or did before it was replaced. */
async function hasContent(tx: Tx, groupId: string, fileId: string): Promise<boolean> {
  for (const table of ['files', 'former_versions'] as const) {
    const query = tx.selectFrom(table).select('name').where('file_id', '=', fileId);
    const row = await query.where('group_id', '=', groupId).limit(1).executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

/** The name stands for this content now; that it did before says nothing any more. */
async function forgetVersion(tx: Tx, groupId: string, name: string, fileId: string): Promise<void> {
  await tx
    .deleteFrom('former_versions')
    .where('group_id', '=', groupId)
    .where('name', '=', name)
    .where('file_id', '=', fileId)
    .execute();
}

/** The deletion of a name's former versions but for the last ones. */
function beyond(tx: Tx, groupId: string, name: string, keep: number) {
  return tx
    .deleteFrom('former_versions')
    .where('group_id', '=', groupId)
    .where('name', '=', name)
    .where(
      sql<boolean>`seq NOT IN (SELECT seq FROM former_versions
        WHERE group_id = ${groupId} AND name = ${name} ORDER BY seq DESC LIMIT ${keep})`,
    );
}
