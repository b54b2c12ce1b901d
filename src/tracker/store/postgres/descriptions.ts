/** The statements behind descriptions that come in, and how much of them is stored; one round trip each. */
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import type { Connection } from './connection.js';

type DescriptionStatements = Pick<StoreTransaction, 'addDescription' | 'storedBytes'>;

/** Its first slice comes along: most have no other. */
const ADD = `
WITH added AS (INSERT INTO descriptions (file_id, size, description_bytes, folder_files, owner_id)
  VALUES ($1, $2, $3, $4, $5) RETURNING file_id)
INSERT INTO description_slices (file_id, slice_index, bytes) SELECT file_id, 0, $6 FROM added`;

const ADD_SLICE =
  'INSERT INTO description_slices (file_id, slice_index, bytes) VALUES ($1, $2, $3)';

const FIND_STORED = `
SELECT coalesce((SELECT description_bytes FROM users WHERE user_id = $1), 0) AS user_bytes,
  coalesce((SELECT sum(value) FROM totals WHERE name = 'description_bytes'), 0) AS total_bytes`;

/** Binds the statements to a session; they run in whatever transaction that is in. */
export function descriptionStatements(connection: Connection): DescriptionStatements {
  return {
    async addDescription(fileId, { size, files = null }, bytes, userId) {
      const first = bytes.subarray(0, DESCRIPTION_SLICE_BYTES);
      await connection.query(ADD, [fileId, size, bytes.length, files, userId, first]);
      for (let at = first.length; at < bytes.length; at += DESCRIPTION_SLICE_BYTES) {
        const slice = bytes.subarray(at, at + DESCRIPTION_SLICE_BYTES);
        await connection.query(ADD_SLICE, [fileId, at / DESCRIPTION_SLICE_BYTES, slice]);
      }
    },
    async storedBytes(userId) {
      const { rows } = await connection.query<{ user_bytes: number; total_bytes: number }>(
        FIND_STORED,
        [userId],
      );
      return { userBytes: rows[0]!.user_bytes, totalBytes: rows[0]!.total_bytes };
    },
  };
}
