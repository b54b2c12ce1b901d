/** The statements behind descriptions that come in. */
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import type { Change } from './behind.js';

/** Its first slice comes along: most have no other. */
const ADD = `
WITH added AS (INSERT INTO descriptions (file_id, size, description_bytes, folder_files, owner_id)
  VALUES ($1, $2, $3, $4, $5) RETURNING file_id)
INSERT INTO description_slices (file_id, slice_index, bytes) SELECT file_id, 0, $6 FROM added`;

const ADD_SLICE =
  'INSERT INTO description_slices (file_id, slice_index, bytes) VALUES ($1, $2, $3)';

/** Binds the statements to a session; they run in whatever transaction that is in. */
export function descriptionStatements(change: Change): Pick<StoreTransaction, 'addDescription'> {
  return {
    async addDescription(fileId, { size, files = null }, bytes, userId) {
      const first = bytes.subarray(0, DESCRIPTION_SLICE_BYTES);
      await change(ADD, [fileId, size, bytes.length, files, userId, first]);
      for (let at = first.length; at < bytes.length; at += DESCRIPTION_SLICE_BYTES) {
        const slice = bytes.subarray(at, at + DESCRIPTION_SLICE_BYTES);
        await change(ADD_SLICE, [fileId, at / DESCRIPTION_SLICE_BYTES, slice]);
      }
    },
  };
}
