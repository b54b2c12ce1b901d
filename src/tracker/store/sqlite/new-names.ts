/**
 * The statement behind a name that gets its first content. Prepared once and run without Kysely, which
 * takes longer to put it together than this one to run: thousands of files may be shared at once.
 */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import type { StoreTransaction } from '../store.js';
import { foldedOf } from '../statements/file-place.js';

const ADD = `
INSERT INTO files (group_id, name, file_id, size, shared_at_ms, folded, place)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT coalesce(max(place), 0) + 1 FROM files WHERE group_id = ?1))`;

/** It may have stood for this content before. */
const FORGET_VERSION =
  'DELETE FROM former_versions WHERE group_id = ? AND name = ? AND file_id = ?';

/** Binds the statement to a database; it runs in whatever transaction that is in. */
export function newNameStatements(database: EmbeddedDatabase): Pick<StoreTransaction, 'addFile'> {
  const add = preparedBy(database, ADD);
  const forgetVersion = preparedBy(database, FORGET_VERSION);
  return {
    async addFile({ groupId, name, fileId, size }, nowMs) {
      add.run(groupId, name, fileId, size, nowMs, foldedOf(name));
      forgetVersion.run(groupId, name, fileId);
    },
  };
}
