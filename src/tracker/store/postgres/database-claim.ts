/**
 * Who works with a database: one tracker alone, or several that share it. A claim is a lock that the server holds for a
 * session, and drops with it. The session that holds it is the one that writes, so nothing is written without it.
 *
 * Alone: what the tracker keeps in memory (view/fact-view.ts, who is online) is true as long as nobody else writes.
 * Shared: each has a number of its own, under which it leaves its marks (commit-fate.ts) and signs what it tells the
 * others (outbox.ts); they and one that is alone keep each other out.
 */
import { StorageError } from '../../../net/errors.js';
import type { Connection } from './connection.js';

export type Claim =
  | { readonly kind: 'alone' }
  /** `writer`: one of MAX_WRITERS, taken by chance. */
  | { readonly kind: 'shared'; readonly writer: number };

/** `p2pt` in ASCII; the second number counts what is locked. */
const DATABASE = [0x70327074, 1] as const;
const WRITERS = 0x70327075;

/** The number of the one tracker of a database. */
export const THE_TRACKER = 1;

const TAKE_ALONE = 'SELECT pg_try_advisory_lock($1, $2) AS is_ours';
const TAKE_SHARED = `
SELECT CASE WHEN pg_try_advisory_lock_shared($1, $2) THEN pg_try_advisory_lock($3, $4) ELSE false END AS is_ours`;

/** False when another session has it. */
export async function takeDatabase(connection: Connection, claim: Claim): Promise<boolean> {
  const [text, values] =
    claim.kind === 'alone'
      ? [TAKE_ALONE, DATABASE]
      : [TAKE_SHARED, [...DATABASE, ...lockOf(claim)]];
  const { rows } = await connection.query<{ is_ours: boolean }>(text, values);
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
export async function endSession(connection: Connection, claim: Claim, pid: number): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = $1 AND objid::bigint = $2 AND pid = $3`,
    [...lockOf(claim), pid],
  );
}

export function databaseInUse(): StorageError {
  return new StorageError(
    'HOME_IN_USE',
    'another tracker uses this database; stop it, or give this one another database (several share one when all of them are started with --presence)',
  );
}

/** That nobody else can have. */
function lockOf(claim: Claim): readonly [number, number] {
  return claim.kind === 'alone' ? DATABASE : [WRITERS, claim.writer];
}
