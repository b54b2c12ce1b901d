/** All statements of the store, bound to one connection. */
import type { Kysely } from 'kysely';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
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
import { descriptionStatements } from './descriptions.js';
import { searchStatements } from './file-search.js';
import { historyStatements } from './history.js';
import { newNameStatements } from './new-names.js';
import { sqliteWording } from './wording.js';

export function bindStatements(tx: Kysely<Tables>, database: EmbeddedDatabase): StoreTransaction {
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupInviteStatements(tx),
    ...groupStatements(tx, sqliteWording),
    ...memberStatements(tx),
    ...banStatements(tx, sqliteWording),
    ...requestStatements(tx),
    ...historyStatements(database),
    ...descriptionStatements(tx),
    ...fileStatements(tx),
    ...shareStatements(tx, sqliteWording),
    ...searchStatements(database),
    ...newNameStatements(database),
    ...versionStatements(tx, sqliteWording),
    ...askedOftenStatements(database),
    ...quotaStatements(tx),
  };
}
