/**
 * That one tracker alone works with a database: a lock that the server holds for a session, and drops with it. What a
 * tracker keeps in memory (view/fact-view.ts, who is online) is true only as long as nobody else writes. The session
 * that holds the lock is the one that writes, so nothing is written without it.
 *
 * This is what goes when several trackers share a database.
 */
import { StorageError } from '../../../net/errors.js';
import type { Connection } from './connection.js';

/** `p2pt` in ASCII; the second number counts what is locked. */
const LOCK = [0x70327074, 1] as const;

/** False when another session has it. */
export async function takeDatabase(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query<{ is_ours: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS is_ours',
    LOCK,
  );
  return rows[0]?.is_ours === true;
}

/** The number of the session at the server. */
export async function sessionOf(connection: Connection): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/**
 * Ends a session of before that was ours, if it still has the lock: the server may not know yet that nobody is at its
 * other end.
 */
export async function endSession(connection: Connection, pid: number): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = $1 AND objid::bigint = $2 AND pid = $3`,
    [...LOCK, pid],
  );
}

export function databaseInUse(): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    'another tracker uses this database; stop it, or give this one another database',
  );
}
