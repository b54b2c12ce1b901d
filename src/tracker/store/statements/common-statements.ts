/** The statements that are the same in every database but for some words, bound to one transaction. */
import type { Kysely } from 'kysely';
import { accountStatements } from './accounts.js';
import { banStatements } from './bans.js';
import { deviceStatements } from './devices.js';
import { fileStatements, shareStatements } from './files.js';
import { shareEndStatements } from './share-ends.js';
import { versionStatements } from './former-versions.js';
import { groupInviteStatements } from './group-invites.js';
import { groupStatements, requestStatements } from './groups.js';
import { inviteStatements } from './invites.js';
import { answerStatements } from './kept-answers.js';
import { lookAlikeStatements } from './look-alikes.js';
import { memberStatements } from './members.js';
import { removalStatements } from './pending-removals.js';
import { quotaStatements } from './quotas.js';
import type { Tables } from './tables.js';
import { unusedContentStatements } from './unused-contents.js';
import type { Wording } from './wording.js';

export function commonStatements(tx: Kysely<Tables>, wording: Wording) {
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupInviteStatements(tx),
    ...groupStatements(tx),
    ...memberStatements(tx),
    ...banStatements(tx, wording),
    ...requestStatements(tx),
    ...fileStatements(tx),
    ...shareStatements(tx),
    ...shareEndStatements(tx, wording),
    ...removalStatements(tx, wording),
    ...unusedContentStatements(tx, wording),
    ...versionStatements(tx, wording),
    ...quotaStatements(tx),
    ...answerStatements(tx),
  };
}
