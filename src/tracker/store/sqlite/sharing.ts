/** The statement behind what decides how a share is taken in: all of it in one, because each file asks for it. */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { toSharing, type SharingRow } from '../statements/sharing-row.js';
import type { StoreTransaction } from '../store.js';

const FIND = `
SELECT
  EXISTS (SELECT 1 FROM shares
    WHERE group_id = ?1 AND name = ?2 AND user_id = ?3 AND device_id = ?4) AS is_shared,
  present.file_id AS present_id, present.size AS present_size,
  stored.size, stored.description_bytes,
  EXISTS (SELECT 1 FROM files CROSS JOIN members USING (group_id)
    WHERE files.file_id = ?5 AND members.user_id = ?3) AS is_known,
  sharer.share_count, sharer.description_bytes AS user_bytes,
  coalesce((SELECT value FROM totals WHERE name = 'description_bytes'), 0) AS total_bytes
FROM (SELECT 1) AS one
  LEFT JOIN files AS present ON present.group_id = ?1 AND present.name = ?2
  LEFT JOIN descriptions AS stored ON stored.file_id = ?5
  LEFT JOIN users AS sharer ON sharer.user_id = ?3`;

/** Binds the statement to a database; it runs in whatever transaction that is in. */
export function sharingStatements(
  database: EmbeddedDatabase,
): Pick<StoreTransaction, 'findSharing'> {
  const find = preparedBy(database, FIND);
  return {
    async findSharing(share, fileId) {
      const { groupId, name, userId, deviceId } = share;
      const row = find.get(groupId, name, userId, deviceId, fileId) as SharingRow;
      return toSharing(share, fileId, row);
    },
  };
}
