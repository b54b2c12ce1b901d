/** How SQLite is told what the statements of both databases want. */
import { sql } from 'kysely';
import type { Wording } from '../statements/wording.js';
import { sqliteLookups } from './lookups.js';

export const sqliteWording: Wording = {
  // `json_each` makes rows of a list.
  rowsOf: (values) => sql`(SELECT value FROM json_each(${JSON.stringify([...values])}))`,
  // There is one more index that begins with the group, and has all of its shares.
  sharesByUser: sql`shares INDEXED BY shares_by_user`,
  joinInOrder: sql`CROSS JOIN`,
  // Nobody else writes.
  lockedAlone: sql``,
  aloneAtContents: sql<boolean>`TRUE`,
  lookups: sqliteLookups,
};
