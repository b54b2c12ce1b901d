/** The statement behind a name that gets its first content. */
import { foldedOf } from '../statements/file-place.js';
import type { StoreTransaction } from '../store.js';
import type { Change } from './behind.js';

/** It may have stood for this content before. */
const ADD = `
WITH forgotten AS (DELETE FROM former_versions WHERE group_id = $1 AND name = $2 AND file_id = $3)
INSERT INTO files (group_id, name, file_id, size, shared_at_ms, folded, place)
VALUES ($1, $2, $3, $4, $5, $6, (SELECT coalesce(max(place), 0) + 1 FROM files WHERE group_id = $1))`;

/** Binds the statement to a session; it runs in whatever transaction that is in. */
export function newNameStatements(change: Change): Pick<StoreTransaction, 'addFile'> {
  return {
    async addFile({ groupId, name, fileId, size }, nowMs) {
      await change(ADD, [groupId, name, fileId, size, nowMs, foldedOf(name)]);
    },
  };
}
