/**
 * Every SQL statement of the library, prepared once. Parameters are in the order in which
 * they stand in the text.
 */
import type { GuardedDatabase } from '../../net/embedded-database.js';

const SHARE_COLUMNS = `group_id, incarnation, name, file_id, path, size, mtime_ns, inode, ctime_ns,
  shared_at_ms, damaged_at_ms, piece_length, is_folder, choice
  FROM shares JOIN descriptions USING (file_id)`;
const DOWNLOAD_COLUMNS = `id, tracker_id, user_id, group_id, incarnation, name, file_id, path, part_path, size,
  state, error_code, error_message, started_at_ms, finished_at_ms, kept_bytes, choice, over,
  place, priority
  FROM downloads`;
/** See kept-record.ts. */
const KEPT_COLUMNS =
  'kept, kept_bytes, kept_sum, part_size, part_mtime_ns, part_ctime_ns, part_inode';
const NOTHING_KEPT = `bitfield = NULL, kept = NULL, kept_bytes = NULL, kept_sum = NULL`;

/** Prepares the statements of an open, migrated library. */
export function libraryStatements(database: GuardedDatabase) {
  return {
    ...shareStatements(database),
    ...downloadStatements(database),
    ...spoolStatements(database),
    endDownload: database.prepare(
      `UPDATE downloads SET error_code = ?, error_message = ?, finished_at_ms = ?
       WHERE id = ? AND state = 'failed'`,
    ),
    keepDescription: database.prepare(
      `INSERT INTO descriptions (file_id, piece_length, encoded, is_folder) VALUES (?, ?, ?, ?)
       ON CONFLICT (file_id) DO NOTHING`,
    ),
    description: database.prepare('SELECT encoded FROM descriptions WHERE file_id = ?'),
    isNamed: database.prepare(
      `SELECT 1 FROM shares WHERE path = ?1
       UNION ALL SELECT 1 FROM downloads WHERE path = ?1 OR (part_path = ?1 AND state <> 'complete')
       LIMIT 1`,
    ),
    dropDescriptionIfUnused: database.prepare(
      `DELETE FROM descriptions WHERE file_id = ? AND
         NOT EXISTS (SELECT 1 FROM shares s WHERE s.file_id = descriptions.file_id) AND
         NOT EXISTS (SELECT 1 FROM downloads d WHERE d.file_id = descriptions.file_id)`,
    ),
  };
}

export type LibraryStatements = ReturnType<typeof libraryStatements>;

function shareStatements(database: GuardedDatabase) {
  return {
    putShare: database.prepare(
      `INSERT OR REPLACE INTO shares (tracker_id, user_id, group_id, name, file_id, path, size,
         mtime_ns, inode, ctime_ns, shared_at_ms, incarnation, choice)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    restamp: database.prepare(
      `UPDATE shares SET size = ?, mtime_ns = ?, inode = ?, ctime_ns = ?, damaged_at_ms = ?
       WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND name = ? AND path = ?`,
    ),
    removeShare: database.prepare(
      'DELETE FROM shares WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND name = ?',
    ),
    removeGroup: database.prepare(
      `DELETE FROM shares WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND incarnation <> ?`,
    ),
    sharedContents: database.prepare(
      'SELECT group_id, name, file_id FROM shares WHERE tracker_id = ? AND user_id = ?',
    ),
    sharesOf: database.prepare(
      `SELECT ${SHARE_COLUMNS} WHERE tracker_id = ? AND user_id = ? ORDER BY group_id, name`,
    ),
    sharesAfter: database.prepare(
      `SELECT ${SHARE_COLUMNS}
       WHERE tracker_id = ? AND user_id = ? AND (group_id, name) > (?, ?)
       ORDER BY group_id, name LIMIT ?`,
    ),
    scrubRound: database.prepare(
      `SELECT started_at_ms, next_group_id, next_name, next_piece FROM scrub_rounds
       WHERE tracker_id = ? AND user_id = ?`,
    ),
    saveScrubRound: database.prepare(
      `INSERT OR REPLACE INTO scrub_rounds (tracker_id, user_id, started_at_ms, next_group_id,
         next_name, next_piece) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    shareByName: database.prepare(
      `SELECT ${SHARE_COLUMNS} WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND name = ?`,
    ),
    donorsOf: database.prepare(
      `SELECT ${SHARE_COLUMNS} WHERE tracker_id = ? AND user_id = ? AND piece_length = ?
       ORDER BY (group_id = ? AND name = ?) DESC, shared_at_ms DESC LIMIT ?`,
    ),
    sharesByFileId: database.prepare(
      `SELECT ${SHARE_COLUMNS} WHERE tracker_id = ? AND user_id = ? AND file_id = ?
       ORDER BY group_id, name`,
    ),
  };
}

/** Of what lies at a path, whoever's it is. */
function spoolStatements(database: GuardedDatabase) {
  return {
    guestPaths: database.prepare(
      `SELECT path FROM downloads WHERE path GLOB ?1
       UNION SELECT path FROM shares WHERE path GLOB ?1`,
    ),
    downloadsAt: database.prepare(`SELECT ${DOWNLOAD_COLUMNS} WHERE path = ?`),
    removeDownloadsAt: database.prepare('DELETE FROM downloads WHERE path = ? RETURNING file_id'),
    sharesAt: database.prepare(
      'SELECT tracker_id, user_id, group_id, name FROM shares WHERE path = ?',
    ),
    removeSharesAt: database.prepare('DELETE FROM shares WHERE path = ? RETURNING file_id'),
  };
}

function downloadStatements(database: GuardedDatabase) {
  return {
    addDownload: database.prepare(
      `INSERT INTO downloads (id, tracker_id, user_id, group_id, name, file_id, path, part_path,
         size, state, started_at_ms, incarnation, choice, over, priority, place)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?,
         COALESCE(?, (SELECT COALESCE(MAX(place), 0) + 1 FROM downloads)))`,
    ),
    lastPlace: database.prepare('SELECT COALESCE(MAX(place), 0) AS place FROM downloads'),
    setTurn: database.prepare('UPDATE downloads SET priority = ?, place = ? WHERE id = ?'),
    restartDownload: database.prepare(
      `UPDATE downloads SET state = 'running', incarnation = ?, choice = ?, over = ?,
         size = COALESCE(?, size), error_code = NULL,
         error_message = NULL, finished_at_ms = NULL WHERE id = ? AND state <> 'complete'`,
    ),
    saveKept: database.prepare(
      `UPDATE downloads SET (${KEPT_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?), bitfield = NULL
       WHERE id = ? AND state <> 'complete'`,
    ),
    dropKept: database.prepare(
      `UPDATE downloads SET ${NOTHING_KEPT} WHERE id = ? AND state <> 'complete'`,
    ),
    movePart: database.prepare(
      `UPDATE downloads SET part_path = ?, ${NOTHING_KEPT} WHERE id = ? AND state <> 'complete'`,
    ),
    leftOf: database.prepare(`SELECT bitfield, ${KEPT_COLUMNS} FROM downloads WHERE id = ?`),
    completeDownload: database.prepare(
      `UPDATE downloads SET state = 'complete', ${NOTHING_KEPT}, error_code = NULL,
         error_message = NULL, finished_at_ms = ? WHERE id = ? AND state <> 'complete'`,
    ),
    noteRepaired: database.prepare(
      `UPDATE downloads SET finished_at_ms = ?
       WHERE tracker_id = ? AND user_id = ? AND file_id = ? AND path = ? AND state = 'complete'`,
    ),
    failDownload: database.prepare(
      `UPDATE downloads SET state = 'failed', error_code = ?, error_message = ?,
         finished_at_ms = ? WHERE id = ? AND state = 'running'`,
    ),
    isUnfinished: database.prepare(`SELECT 1 FROM downloads WHERE id = ? AND state <> 'complete'`),
    downloadById: database.prepare(`SELECT ${DOWNLOAD_COLUMNS} WHERE id = ?`),
    unfinishedDownloads: database.prepare(
      `SELECT ${DOWNLOAD_COLUMNS} INDEXED BY downloads_unfinished
       WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND name = ? AND path = ? AND state <> 'complete'
       ORDER BY started_at_ms DESC, rowid DESC`,
    ),
    completeDownloadAt: database.prepare(
      `SELECT ${DOWNLOAD_COLUMNS} INDEXED BY downloads_complete
       WHERE tracker_id = ? AND user_id = ? AND group_id = ? AND name = ? AND path = ? AND state = 'complete'
       ORDER BY finished_at_ms DESC, rowid DESC LIMIT 1`,
    ),
    listDownloads: database.prepare(
      `SELECT ${DOWNLOAD_COLUMNS} WHERE tracker_id = ? AND user_id = ?
       ORDER BY started_at_ms, rowid`,
    ),
    forgetDownload: database.prepare(
      `DELETE FROM downloads WHERE id = ? AND state <> 'running' RETURNING file_id`,
    ),
    countEnded: database.prepare(
      `SELECT COUNT(*) AS count FROM downloads INDEXED BY downloads_ended
       WHERE tracker_id = ? AND user_id = ? AND state <> 'running'`,
    ),
    forgetOldDownloads: database.prepare(
      `DELETE FROM downloads WHERE rowid IN (
         SELECT rowid FROM downloads INDEXED BY downloads_ended
         WHERE tracker_id = ? AND user_id = ? AND state <> 'running'
         ORDER BY finished_at_ms DESC, rowid DESC LIMIT -1 OFFSET ?) AND path NOT GLOB ?
       RETURNING file_id`,
    ),
  };
}
