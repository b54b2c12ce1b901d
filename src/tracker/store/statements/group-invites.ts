/** The statements behind invites into groups. */
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type GroupInviteStatements = Pick<
  StoreTransaction,
  | 'addGroupInvite'
  | 'findGroupInviteRole'
  | 'takeGroupInvite'
  | 'countGroupInvites'
  | 'listGroupInvites'
  | 'removeGroupInvite'
  | 'removeGroupInvites'
  | 'removeGroupInvitesOf'
  | 'removeExpiredGroupInvites'
>;

/** Binds the statements to one transaction. */
export function groupInviteStatements(tx: Kysely<Tables>): GroupInviteStatements {
  return { ...usedInvites(tx), ...keptInvites(tx) };
}

type Use = 'findGroupInviteRole' | 'takeGroupInvite';

function usedInvites(tx: Kysely<Tables>): Pick<GroupInviteStatements, Use> {
  return {
    async findGroupInviteRole(groupId, inviteId, nowMs) {
      const row = await tx
        .selectFrom('group_invites')
        .select('role')
        .where('invite_id', '=', inviteId)
        .where('group_id', '=', groupId)
        .where('uses_left', '>', 0)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      return row?.role;
    },
    async takeGroupInvite(groupId, inviteId, nowMs) {
      const taken = await tx
        .updateTable('group_invites')
        .set((invite) => ({ uses_left: invite('uses_left', '-', 1) }))
        .where('invite_id', '=', inviteId)
        .where('group_id', '=', groupId)
        .where('uses_left', '>', 0)
        .where('expires_at_ms', '>', nowMs)
        .returning('creator_id')
        .executeTakeFirst();
      return taken?.creator_id;
    },
  };
}

function keptInvites(tx: Kysely<Tables>): Omit<GroupInviteStatements, Use> {
  return {
    async addGroupInvite(groupId, { inviteId, creatorId, role, ...terms }) {
      const added = await tx
        .insertInto('group_invites')
        .values({
          invite_id: inviteId,
          group_id: groupId,
          creator_id: creatorId,
          role,
          uses: terms.uses,
          uses_left: terms.uses,
          created_at_ms: terms.createdAtMs,
          expires_at_ms: terms.expiresAtMs,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },
    async countGroupInvites(groupId) {
      const { count } = await tx
        .selectFrom('group_invites')
        .select((invite) => invite.fn.countAll<number>().as('count'))
        .where('group_id', '=', groupId)
        .executeTakeFirstOrThrow();
      return count;
    },
    async listGroupInvites(groupId, { after = '', limit }) {
      const rows = await tx
        .selectFrom('group_invites')
        .selectAll()
        .where('group_id', '=', groupId)
        .where('invite_id', '>', after)
        .orderBy('invite_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        inviteId: row.invite_id,
        creatorId: row.creator_id,
        role: row.role,
        uses: row.uses,
        usesLeft: row.uses_left,
        createdAtMs: row.created_at_ms,
        expiresAtMs: row.expires_at_ms,
      }));
    },
    async removeGroupInvite(groupId, inviteId) {
      const removed = await tx
        .deleteFrom('group_invites')
        .where('group_id', '=', groupId)
        .where('invite_id', '=', inviteId)
        .executeTakeFirst();
      return removed.numDeletedRows === 1n;
    },
    async removeGroupInvites(groupId) {
      const removed = await tx
        .deleteFrom('group_invites')
        .where('group_id', '=', groupId)
        .executeTakeFirst();
      return Number(removed.numDeletedRows);
    },
    async removeGroupInvitesOf(groupId, creatorId) {
      const query = tx.deleteFrom('group_invites').where('creator_id', '=', creatorId);
      await query.where('group_id', '=', groupId).execute();
    },
    async removeExpiredGroupInvites(nowMs) {
      await tx.deleteFrom('group_invites').where('expires_at_ms', '<=', nowMs).execute();
    },
  };
}
