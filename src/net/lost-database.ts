/**
 * A connection to a database whose disk has failed. SQLite brings the log into the database when the last connection is
 * closed, and removes it, which would lose what the disk has not taken but the log still has. So this one is never
 * closed: it stays referenced, and the process ends without giving it back. Nor is another one to be opened in this
 * process, which would find the log already read: its syncs seem to succeed. A lock that keeps others away stays too.
 */
import type { EmbeddedDatabase } from './embedded-database.js';

type Held = Pick<EmbeddedDatabase, 'close'>;

const kept = new Set<Held>();

/** Leaves the log to the next start, which reads it from its beginning. */
export function neverClose(database: Held): void {
  // Who ends by an empty event loop closes what is open; who exits does not.
  if (kept.size === 0) process.once('beforeExit', () => process.exit());
  kept.add(database);
}
