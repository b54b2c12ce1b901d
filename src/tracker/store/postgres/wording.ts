/** How PostgreSQL is told what the statements of both databases want. */
import { sql } from 'kysely';
import type { Wording } from '../statements/wording.js';
import { postgresLookups } from './lookups.js';

/** Whoever drops contents has this lock, beside those of database-claim.ts and outbox.ts. */
const CONTENTS_LOCK = [0x70327074, 3] as const;

export const postgresWording: Wording = {
  rowsOf: (values) => sql`(SELECT unnest(${[...values]}::text[]))`,
  sharesByUser: sql`shares`,
  joinInOrder: sql`JOIN`,
  lockedAlone: sql`FOR UPDATE SKIP LOCKED`,
  aloneAtContents: sql<boolean>`pg_try_advisory_xact_lock(${CONTENTS_LOCK[0]}, ${CONTENTS_LOCK[1]})`,
  lookups: postgresLookups,
};
