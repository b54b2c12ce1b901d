/** Closes a database whatever it says. Owns no state. */
import type { GuardedDatabase } from '../../net/embedded-database.js';

/** Nothing that was committed is lost by it. */
export function closeQuietly(database: Pick<GuardedDatabase, 'close'>): void {
  try {
    database.close();
  } catch {
    // What is to be told is what came before.
  }
}
