/** All statements of the store, bound to one connection. */
import type { Kysely } from 'kysely';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import type { StoreTransaction } from '../store.js';
import { accountStatements } from './accounts.js';
import { askedOftenStatements } from './asked-often.js';
import { banStatements } from './bans.js';
import { contentStatements } from './contents.js';
import { deviceStatements } from './devices.js';
import { searchStatements } from './file-search.js';
import { fileStatements, shareStatements } from './files.js';
import { versionStatements } from './former-versions.js';
import { groupInviteStatements } from './group-invites.js';
import { groupStatements, requestStatements } from './groups.js';
import { historyStatements } from './history.js';
import { inviteStatements } from './invites.js';
import { lookAlikeStatements } from './look-alikes.js';
import { memberStatements } from './members.js';
import { newNameStatements } from './new-names.js';
import { quotaStatements } from './quotas.js';
import type { Tables } from './tables.js';

export function bindStatements(tx: Kysely<Tables>, database: EmbeddedDatabase): StoreTransaction {
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupInviteStatements(tx),
    ...groupStatements(tx),
    ...memberStatements(tx),
    ...banStatements(tx),
    ...requestStatements(tx),
    ...historyStatements(database),
    ...contentStatements(tx),
    ...fileStatements(tx),
    ...shareStatements(tx),
    ...searchStatements(database),
    ...newNameStatements(database),
    ...versionStatements(tx),
    ...askedOftenStatements(database),
    ...quotaStatements(tx),
  };
}
