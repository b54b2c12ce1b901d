/**
 * Descriptions: stored once per content across all groups, in slices of the length in which
 * they are asked for, and dropped with the last name that stands, or stood, for them.
 */
import { sql, type DeleteQueryBuilder, type DeleteResult, type Kysely } from 'kysely';
import type { Tables } from './tables.js';
import type { Wording } from './wording.js';

type Deletion = DeleteQueryBuilder<Tables, 'files' | 'former_versions', DeleteResult>;

/**
 * Carries out a deletion of files, then drops the descriptions that nothing uses any more.
 * Returns the content of every removed file, once each.
 */
export async function removeContents(
  tx: Kysely<Tables>,
  wording: Wording,
  deletion: Deletion,
): Promise<string[]> {
  const fileIds = await contentsRemovedBy(deletion);
  await dropUnused(tx, wording, fileIds);
  return fileIds;
}

/** Carries out a deletion of files; returns the content of every removed one, once each. */
export async function contentsRemovedBy(deletion: Deletion): Promise<string[]> {
  const rows = await deletion.returning('file_id').execute();
  return [...new Set(rows.map((row) => row.file_id))];
}

/** Drops those descriptions for which no name stands, or stood before it was replaced. */
export async function dropUnused(
  tx: Kysely<Tables>,
  { rowsOf }: Wording,
  fileIds: Iterable<string>,
): Promise<void> {
  await sql`DELETE FROM descriptions WHERE file_id IN ${rowsOf(fileIds)} AND ${isUnused}`.execute(
    tx,
  );
}

/** Of a row of descriptions: no name stands for it, nor stood before it was replaced. */
export const isUnused = sql<boolean>`NOT EXISTS (SELECT 1 FROM files
    WHERE files.file_id = descriptions.file_id)
  AND NOT EXISTS (SELECT 1 FROM former_versions
    WHERE former_versions.file_id = descriptions.file_id)`;

/** Of these contents, those for which no name of a group stands, nor stood before it was replaced. */
export async function goneFrom(
  tx: Kysely<Tables>,
  { lookups }: Wording,
  groupId: string,
  fileIds: readonly string[],
): Promise<string[]> {
  if (fileIds.length === 0) return [];
  const { rows } = await lookups.contentsIn(groupId, fileIds).execute(tx);
  const kept = new Set(rows.map(({ value }) => value));
  return fileIds.filter((fileId) => !kept.has(fileId));
}
