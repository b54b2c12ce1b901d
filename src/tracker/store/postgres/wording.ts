/** How PostgreSQL is told what the statements of both databases want. */
import { sql } from 'kysely';
import type { Wording } from '../statements/wording.js';
import { postgresLookups } from './lookups.js';

export const postgresWording: Wording = {
  rowsOf: (values) => sql`(SELECT unnest(${[...values]}::text[]))`,
  sharesByUser: sql`shares`,
  joinInOrder: sql`JOIN`,
  lockedAlone: sql`FOR UPDATE SKIP LOCKED`,
  lookups: postgresLookups,
};
