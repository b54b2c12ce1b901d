/** What lies in a tracker's data folder, by name. */

/** The mode of every file: read and write for its owner. */
export const OWNER_ONLY = 0o600;
export const DATABASE = 'tracker.db';
export const LOCK = 'lock.db';
export const IDENTITY = 'identity.json';
/** Says that the database is no file here. */
export const ELSEWHERE = 'database-elsewhere';
export const TICKET_KEY = 'ticket-key.pem';
/** A database, and what SQLite makes beside it with its mode. */
export const BESIDE = ['', '-wal', '-shm', '-journal'];
/** What stands behind the name of a file that a restore has not finished. */
export const RESTORING = '.restoring';
