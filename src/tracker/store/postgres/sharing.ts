/** The statement behind what decides how a share is taken in: all of it in one, because each file asks for it. */
import { toSharing, type SharingRow } from '../statements/sharing-row.js';
import type { StoreTransaction } from '../store.js';
import type { Asker } from './connection.js';

/**
 * What is shared already needs no more than that: what else would be looked at, all figures and what everybody of the
 * user's groups shares, is what others change, and a transaction that has looked at it is in their way. The server
 * evaluates only the part of a CASE that it needs. The share is sought as those are that end; see lookups.ts.
 */
const FIND = `
WITH found AS MATERIALIZED (
  SELECT present.file_id AS present_id, present.size AS present_size,
    (SELECT true FROM shares
      WHERE (group_id, name, user_id, device_id) >= ($1, $2, $3, $4)
        AND (group_id, name, user_id, device_id) <= ($1, $2, $3, $4)
      ORDER BY group_id, name, user_id, device_id LIMIT 1) IS NOT NULL AS is_shared
  FROM (VALUES (1)) AS one
    LEFT JOIN files AS present ON present.group_id = $1 AND present.name = $2)
SELECT is_shared, present_id, present_size, stored.size, stored.description_bytes,
  CASE WHEN is_shared AND present_id = $5 THEN false ELSE
    EXISTS (SELECT 1 FROM files JOIN members USING (group_id)
      WHERE files.file_id = $5 AND members.user_id = $3) END AS is_known,
  CASE WHEN is_shared AND present_id = $5 THEN 0 ELSE
    (SELECT share_count FROM users WHERE user_id = $3) END AS share_count,
  CASE WHEN is_shared AND present_id = $5 THEN 0 ELSE
    (SELECT description_bytes FROM users WHERE user_id = $3) END AS user_bytes,
  CASE WHEN is_shared AND present_id = $5 THEN 0 ELSE
    coalesce((SELECT sum(value) FROM totals WHERE name = 'description_bytes'), 0) END AS total_bytes
FROM found LEFT JOIN descriptions AS stored ON stored.file_id = $5`;

/** Binds the statement to a session; it runs in whatever transaction that is in. */
export function sharingStatements(asker: Asker): Pick<StoreTransaction, 'findSharing'> {
  return {
    async findSharing(share, fileId) {
      const { groupId, name, userId, deviceId } = share;
      const { rows } = await asker.query<SharingRow>(FIND, [
        ...[groupId, name, userId, deviceId, fileId],
      ]);
      return toSharing(share, fileId, rows[0]!);
    },
  };
}
