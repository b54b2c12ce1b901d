/**
 * The tables of the client's library and how an older library becomes a present one.
 * A version is never edited once released; a change is one more entry at the end.
 * mtime, ctime and inode are text because they use all 64 bits, which JavaScript numbers do not have.
 */
import type { GuardedDatabase } from '../../net/embedded-database.js';
import { StorageError } from '../../net/errors.js';

/** Entry n takes a library from version n to n + 1. */
export const migrations: readonly string[] = [
  `CREATE TABLE descriptions (
     file_id TEXT PRIMARY KEY,
     piece_length INTEGER NOT NULL,
     encoded BLOB NOT NULL
   ) STRICT;

   CREATE TABLE shares (
     tracker_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     group_id TEXT NOT NULL,
     name TEXT NOT NULL,
     file_id TEXT NOT NULL REFERENCES descriptions (file_id),
     path TEXT NOT NULL,
     size INTEGER NOT NULL,
     mtime_ns TEXT NOT NULL,
     inode TEXT NOT NULL,
     shared_at_ms INTEGER NOT NULL,
     PRIMARY KEY (tracker_id, user_id, group_id, name)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX shares_by_file ON shares (file_id);

   CREATE TABLE downloads (
     id TEXT PRIMARY KEY,
     tracker_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     group_id TEXT NOT NULL,
     name TEXT NOT NULL,
     file_id TEXT NOT NULL,
     path TEXT NOT NULL,
     part_path TEXT NOT NULL,
     size INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed')),
     error_code TEXT,
     error_message TEXT,
     bitfield BLOB,
     started_at_ms INTEGER NOT NULL,
     finished_at_ms INTEGER
   ) STRICT;
   CREATE INDEX downloads_by_account ON downloads (tracker_id, user_id, started_at_ms);
   CREATE INDEX downloads_by_file ON downloads (file_id);`,

  // Thousands of downloads in one list: the unfinished one of a path, and the oldest, at once.
  `CREATE INDEX downloads_unfinished ON downloads (path) WHERE state <> 'complete';
   CREATE INDEX downloads_ended ON downloads (tracker_id, user_id, finished_at_ms)
     WHERE state <> 'running';`,

  // Absent in rows of before: what such a stamp does not know says nothing.
  'ALTER TABLE shares ADD COLUMN ctime_ns TEXT;',
  // Which group of that name; what was noted before is taken for the one that has it now.
  `ALTER TABLE shares ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';
   ALTER TABLE downloads ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';`,
  // Pieces that are on the disk, and what the part file was then; see kept-record.ts. What the
  // column `bitfield` of before says was verified, and never synced.
  `ALTER TABLE downloads ADD COLUMN kept BLOB;
   ALTER TABLE downloads ADD COLUMN kept_bytes INTEGER;
   ALTER TABLE downloads ADD COLUMN kept_sum BLOB;
   ALTER TABLE downloads ADD COLUMN part_size INTEGER;
   ALTER TABLE downloads ADD COLUMN part_mtime_ns TEXT;
   ALTER TABLE downloads ADD COLUMN part_ctime_ns TEXT;
   ALTER TABLE downloads ADD COLUMN part_inode TEXT;`,
  // A file that was found damaged is not served, whatever its stamp says; and how far the checking
  // of everything has come. A row without a name is of a round that is over.
  `ALTER TABLE shares ADD COLUMN damaged_at_ms INTEGER;
   CREATE TABLE scrub_rounds (
     tracker_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     started_at_ms INTEGER NOT NULL,
     next_group_id TEXT,
     next_name TEXT,
     next_piece INTEGER,
     PRIMARY KEY (tracker_id, user_id)
   ) STRICT, WITHOUT ROWID;`,
  // What a content is shows at its description; here for those who list thousands of them.
  'ALTER TABLE descriptions ADD COLUMN is_folder INTEGER NOT NULL DEFAULT 0;',
  // Which entries of a folder are shared, or downloaded; null for all. See net/folder-choice.ts.
  `ALTER TABLE shares ADD COLUMN choice BLOB;
   ALTER TABLE downloads ADD COLUMN choice BLOB;`,
  // What a download may do with what has its place: null for nothing, as in rows of before.
  "ALTER TABLE downloads ADD COLUMN over TEXT CHECK (over IN ('overwrite', 'keep-older'));",
  // When it has its turn, see download-turn.ts; no priority is the normal one. Rows of before were added in
  // the order in which they were asked for.
  `ALTER TABLE downloads ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE downloads ADD COLUMN priority TEXT CHECK (priority IN ('high', 'low'));
   UPDATE downloads SET place = rowid;
   CREATE INDEX downloads_by_place ON downloads (place);`,
  // Each file of a list is asked for, beside all that came before it.
  "CREATE INDEX downloads_complete ON downloads (path) WHERE state = 'complete';",
  // What was brought into, or shared from, folders that are kept the same as a group; see synced-items.ts.
  // Without a stamp it is only on its way.
  `CREATE TABLE synced (
     tracker_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     group_id TEXT NOT NULL,
     folder TEXT NOT NULL,
     name TEXT NOT NULL,
     incarnation TEXT NOT NULL,
     file_id TEXT NOT NULL,
     origin TEXT NOT NULL CHECK (origin IN ('brought', 'shared', 'found')),
     is_gone INTEGER NOT NULL DEFAULT 0,
     size INTEGER,
     mtime_ns TEXT,
     inode TEXT,
     ctime_ns TEXT,
     PRIMARY KEY (tracker_id, user_id, group_id, folder, name)
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Brings a library to the present version, in one transaction; `last` is for tests that want one of
 * before.
 * @throws StorageError when a newer p2p has written it
 */
export function migrateLibrary(
  database: GuardedDatabase,
  path: string,
  last = migrations.length,
): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const version = row.user_version;
  if (version > migrations.length) {
    throw new StorageError(
      'IO_ERROR',
      `the library ${path} was written by a newer p2p; use that version, or another home folder`,
    );
  }
  if (version === last) return;
  const steps = migrations.slice(version, last).join('\n');
  database.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${last}; COMMIT`);
}
