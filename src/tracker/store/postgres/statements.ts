/** All statements of the store, bound to one session at the server. */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { commonStatements } from '../statements/common-statements.js';
import type { Tables } from '../statements/tables.js';
import type { StoreTransaction } from '../store.js';
import { askedOftenStatements } from './asked-often.js';
import type { Change } from './behind.js';
import { changedOftenStatements } from './changed-often.js';
import type { Asker } from './connection.js';
import { descriptionStatements } from './descriptions.js';
import { searchStatements } from './file-search.js';
import { historyStatements } from './history.js';
import { newNameStatements } from './new-names.js';
import { sharingStatements } from './sharing.js';
import { postgresWording } from './wording.js';

/** Kysely over one session, which stays open when Kysely is destroyed. */
export function kyselyOf<Schema>(asker: Asker): Kysely<Schema> {
  const client = {
    query: (text: string, values: readonly unknown[]) =>
      values.length === 0 ? asker.run(text) : asker.query(text, values),
    release: () => undefined,
  };
  const pool = { connect: async () => client, end: async () => undefined };
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }),
  });
}

/** `change`: sends what changes something and answers nothing. @default waits for each */
export function bindStatements(
  asker: Asker,
  change: Change = async (text, values) => void (await asker.query(text, values)),
): StoreTransaction {
  const tx = kyselyOf<Tables>(asker);
  return {
    ...commonStatements(tx, postgresWording),
    ...historyStatements(asker, change),
    ...descriptionStatements(change),
    ...searchStatements(asker),
    ...newNameStatements(change),
    ...changedOftenStatements(change),
    ...sharingStatements(asker),
    ...askedOftenStatements(asker),
    // Of a session that tells others nothing; see work-session.ts.
    publish: () => Promise.resolve(),
  };
}
