/** How SQLite finds rows that are asked for by many names or contents at once. */
import { sql, type RawBuilder } from 'kysely';
import type { Lookups } from '../statements/lookups.js';

/** Rows of one column, from one parameter. */
const listOf = (values: readonly string[]): RawBuilder<unknown> =>
  sql`json_each(${JSON.stringify(values)})`;

export const sqliteLookups: Lookups = {
  sharesOf: ({ groupId, userId, deviceId }, names) => sql`group_id = ${groupId}
    AND name IN (SELECT value FROM ${listOf(names)})
    AND user_id = ${userId} AND device_id = ${deviceId}`,
  filesNamed: (groupId, names) => sql`group_id = ${groupId}
    AND name IN (SELECT value FROM ${listOf(names)})`,
  // EXISTS ends with the first row that is found.
  contentsIn: (groupId, fileIds) => sql`SELECT value FROM ${listOf(fileIds)} AS one
    WHERE EXISTS (SELECT 1 FROM files WHERE file_id = one.value AND group_id = ${groupId})
      OR EXISTS (SELECT 1 FROM former_versions
        WHERE file_id = one.value AND group_id = ${groupId})`,
  contentsSharedBy: ({ groupId, userId, deviceId }, fileIds) => sql`
    SELECT value FROM ${listOf(fileIds)} AS one
    WHERE EXISTS (SELECT 1 FROM files CROSS JOIN shares
      ON shares.group_id = files.group_id AND shares.name = files.name
      WHERE files.file_id = one.value AND files.group_id = ${groupId}
        AND shares.user_id = ${userId} AND shares.device_id = ${deviceId})`,
};
