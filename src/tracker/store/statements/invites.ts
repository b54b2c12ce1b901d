/** The statements behind invites. */
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type InviteStatements = Pick<
  StoreTransaction,
  'isInviteGood' | 'addInvite' | 'takeInvite' | 'removeExpiredInvites'
>;

/** Binds the statements to one transaction. */
export function inviteStatements(tx: Kysely<Tables>): InviteStatements {
  return {
    async isInviteGood(codeHash, nowMs) {
      const query = tx.selectFrom('invites').selectAll().where('code_hash', '=', codeHash);
      const row = await query.executeTakeFirst();
      return row && row.uses_left > 0 && row.expires_at_ms > nowMs;
    },
    async addInvite(codeHash, { uses, expiresAtMs }) {
      await tx
        .insertInto('invites')
        .values({ code_hash: codeHash, uses_left: uses, expires_at_ms: expiresAtMs })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async takeInvite(codeHash, nowMs) {
      const taken = await tx
        .updateTable('invites')
        .set((invite) => ({ uses_left: invite('uses_left', '-', 1) }))
        .where('code_hash', '=', codeHash)
        .where('uses_left', '>', 0)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      return taken.numUpdatedRows === 1n;
    },
    async removeExpiredInvites(nowMs) {
      await tx.deleteFrom('invites').where('expires_at_ms', '<=', nowMs).execute();
    },
  };
}
