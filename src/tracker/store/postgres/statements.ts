/** All statements of the store, bound to one session at the server. */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { accountStatements } from '../statements/accounts.js';
import { banStatements } from '../statements/bans.js';
import { deviceStatements } from '../statements/devices.js';
import { fileStatements, shareStatements } from '../statements/files.js';
import { versionStatements } from '../statements/former-versions.js';
import { groupInviteStatements } from '../statements/group-invites.js';
import { groupStatements, requestStatements } from '../statements/groups.js';
import { inviteStatements } from '../statements/invites.js';
import { lookAlikeStatements } from '../statements/look-alikes.js';
import { memberStatements } from '../statements/members.js';
import { quotaStatements } from '../statements/quotas.js';
import type { Tables } from '../statements/tables.js';
import type { StoreTransaction } from '../store.js';
import { askedOftenStatements } from './asked-often.js';
import type { Connection } from './connection.js';
import { descriptionStatements } from './descriptions.js';
import { searchStatements } from './file-search.js';
import { historyStatements } from './history.js';
import { newNameStatements } from './new-names.js';
import { postgresWording } from './wording.js';

/** Kysely over one session, which stays open when Kysely is destroyed. */
export function kyselyOf<Schema>(connection: Connection): Kysely<Schema> {
  const client = {
    query: (text: string, values: readonly unknown[]) =>
      values.length === 0 ? connection.run(text) : connection.query(text, values),
    release: () => undefined,
  };
  const pool = { connect: async () => client, end: async () => undefined };
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }),
  });
}

export function bindStatements(connection: Connection): StoreTransaction {
  const tx = kyselyOf<Tables>(connection);
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupInviteStatements(tx),
    ...groupStatements(tx, postgresWording),
    ...memberStatements(tx),
    ...banStatements(tx, postgresWording),
    ...requestStatements(tx),
    ...historyStatements(connection),
    ...descriptionStatements(connection),
    ...fileStatements(tx),
    ...shareStatements(tx, postgresWording),
    ...searchStatements(connection),
    ...newNameStatements(connection),
    ...versionStatements(tx, postgresWording),
    ...askedOftenStatements(connection),
    ...quotaStatements(tx),
  };
}
