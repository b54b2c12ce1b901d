/**
 * Descriptions: stored once per content across all groups, in slices of the length in which
 * they are asked for, and dropped with the last name that stands, or stood, for them.
 */
import { sql, type DeleteQueryBuilder, type DeleteResult, type Kysely } from 'kysely';
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type ContentStatements = Pick<StoreTransaction, 'addDescription' | 'storedBytes'>;

/** Binds the statements on descriptions to one transaction. */
export function contentStatements(tx: Kysely<Tables>): ContentStatements {
  return {
    async addDescription(fileId, { size, files }, bytes, userId) {
      await tx
        .insertInto('descriptions')
        .values({
          ...{ file_id: fileId, size, description_bytes: bytes.length },
          folder_files: files ?? null,
        })
        .execute();
      await tx
        .insertInto('description_owners')
        .values({ file_id: fileId, user_id: userId })
        .execute();
      for (let at = 0; at < bytes.length; at += DESCRIPTION_SLICE_BYTES) {
        const slice = bytes.subarray(at, at + DESCRIPTION_SLICE_BYTES);
        await tx
          .insertInto('description_slices')
          .values({ file_id: fileId, slice_index: at / DESCRIPTION_SLICE_BYTES, bytes: slice })
          .execute();
      }
    },
    async storedBytes(userId) {
      const own = tx.selectFrom('users').select('description_bytes').where('user_id', '=', userId);
      const all = tx.selectFrom('totals').select('value').where('name', '=', 'description_bytes');
      return {
        userBytes: (await own.executeTakeFirst())?.description_bytes ?? 0,
        totalBytes: (await all.executeTakeFirst())?.value ?? 0,
      };
    },
  };
}

/**
 * Carries out a deletion of files, then drops the descriptions that nothing uses any more.
 * Returns the content of every removed file, once each.
 */
export async function removeContents(
  tx: Kysely<Tables>,
  deletion: DeleteQueryBuilder<Tables, 'files' | 'former_versions', DeleteResult>,
): Promise<string[]> {
  const rows = await deletion.returning('file_id').execute();
  const fileIds = [...new Set(rows.map((row) => row.file_id))];
  await dropUnused(tx, fileIds);
  return fileIds;
}

/** Drops those descriptions for which no name stands, or stood before it was replaced. */
export async function dropUnused(tx: Kysely<Tables>, fileIds: Iterable<string>): Promise<void> {
  const ids = listOf(fileIds);
  await sql`DELETE FROM descriptions WHERE file_id IN (SELECT value FROM json_each(${ids}))
    AND NOT EXISTS (SELECT 1 FROM files WHERE files.file_id = descriptions.file_id)
    AND NOT EXISTS (SELECT 1 FROM former_versions
      WHERE former_versions.file_id = descriptions.file_id)`.execute(tx);
}

/** Of these contents, those for which no name of a group stands, nor stood before it was replaced. */
export async function goneFrom(
  tx: Kysely<Tables>,
  groupId: string,
  fileIds: readonly string[],
): Promise<string[]> {
  const ids = listOf(fileIds);
  const { rows } = await sql<{ file_id: string }>`
    SELECT file_id FROM files
      WHERE group_id = ${groupId} AND file_id IN (SELECT value FROM json_each(${ids}))
    UNION SELECT file_id FROM former_versions
      WHERE group_id = ${groupId} AND file_id IN (SELECT value FROM json_each(${ids}))`.execute(tx);
  const kept = new Set(rows.map((row) => row.file_id));
  return fileIds.filter((fileId) => !kept.has(fileId));
}

/** Any number of values as one parameter; `json_each` makes rows of it. */
export function listOf(values: Iterable<string | number>): string {
  return JSON.stringify([...values]);
}
