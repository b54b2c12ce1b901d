/** The statements behind groups and the requests to join them. */
import type { Kysely } from 'kysely';
import { skeleton } from '../../../net/confusables.js';
import type { StoreTransaction } from '../store.js';
import type { GroupSize } from '../stored.js';
import { toGroup } from './members.js';
import type { Tables } from './tables.js';

type Tx = Kysely<Tables>;

type GroupStatements = Pick<
  StoreTransaction,
  'addGroup' | 'raiseEpoch' | 'listGroupIds' | 'listSizedGroups' | 'findGroupSize'
>;

type RequestStatements = Pick<
  StoreTransaction,
  | ('hasRequest' | 'addRequest' | 'removeRequest' | 'listRequests' | 'countRequests')
  | ('listRequestsTo' | 'listRequestedGroups')
>;

/** Binds the statements on groups to one transaction. */
export function groupStatements(tx: Tx): GroupStatements {
  return {
    async addGroup({ groupId, creatorId, incarnation }, nowMs) {
      const added = await tx
        .insertInto('groups')
        .values({
          group_id: groupId,
          skeleton: skeleton(groupId),
          creator_id: creatorId,
          incarnation,
          created_at_ms: nowMs,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },
    async raiseEpoch(groupId) {
      const row = await tx
        .updateTable('groups')
        .set((group) => ({ epoch: group('epoch', '+', 1) }))
        .where('group_id', '=', groupId)
        .returning('epoch')
        .executeTakeFirstOrThrow();
      return row.epoch;
    },
    async listGroupIds({ after, limit }) {
      let query = tx.selectFrom('groups').select('group_id').where('is_ended', '=', 0);
      query = query.orderBy('group_id').limit(limit);
      if (after !== undefined) query = query.where('group_id', '>', after);
      return (await query.execute()).map((row) => row.group_id);
    },
    async listSizedGroups({ after, limit }) {
      let query = tx
        .selectFrom('groups')
        .selectAll()
        .select((of) =>
          of
            .selectFrom('members')
            .select('user_id')
            .whereRef('members.group_id', '=', 'groups.group_id')
            .where('role', '=', 'owner')
            .orderBy('seq')
            .limit(1)
            .as('owner_id'),
        )
        .where('is_ended', '=', 0)
        .orderBy('group_id')
        .limit(limit);
      if (after !== undefined) query = query.where('group_id', '>', after);
      return (await query.execute()).map((row) => ({
        ...toGroup(row),
        ...toSize(row),
        ownerId: row.owner_id ?? row.creator_id,
        createdAtMs: row.created_at_ms,
      }));
    },
    async findGroupSize(groupId) {
      const query = tx
        .selectFrom('groups')
        .select(['member_count', 'file_count', 'description_bytes'])
        .where('group_id', '=', groupId);
      const row = await query.executeTakeFirst();
      return row ? toSize(row) : { members: 0, files: 0, bytes: 0 };
    },
  };
}

/** Binds the statements on join requests to one transaction. */
export function requestStatements(tx: Tx): RequestStatements {
  return {
    async hasRequest(groupId, userId) {
      const query = tx.selectFrom('requests').select('user_id').where('user_id', '=', userId);
      return (await query.where('group_id', '=', groupId).executeTakeFirst()) !== undefined;
    },
    async addRequest(groupId, userId, nowMs, network) {
      await tx
        .insertInto('requests')
        .values({ group_id: groupId, user_id: userId, asked_at_ms: nowMs, network })
        .execute();
    },
    async removeRequest(groupId, userId) {
      const query = tx.deleteFrom('requests').where('user_id', '=', userId);
      const removed = await query.where('group_id', '=', groupId).executeTakeFirst();
      return removed.numDeletedRows === 1n;
    },
    async listRequests(groupId, { after, limit }) {
      let query = tx
        .selectFrom('requests')
        .select('user_id')
        .where('group_id', '=', groupId)
        .orderBy('user_id')
        .limit(limit);
      if (after !== undefined) query = query.where('user_id', '>', after);
      return (await query.execute()).map((row) => row.user_id);
    },
    async listRequestsTo(userId, roles, limit) {
      const rows = await tx
        .selectFrom('members')
        .innerJoin('requests', 'requests.group_id', 'members.group_id')
        .select(['requests.group_id', 'requests.user_id'])
        .where('members.user_id', '=', userId)
        .where('members.role', 'in', roles)
        .orderBy('requests.asked_at_ms')
        .orderBy('requests.group_id')
        .orderBy('requests.user_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ groupId: row.group_id, userId: row.user_id }));
    },
    async listRequestedGroups(userId) {
      const query = tx.selectFrom('requests').select('group_id').where('user_id', '=', userId);
      return (await query.orderBy('group_id').execute()).map((row) => row.group_id);
    },
    async countRequests(groupId, network) {
      let query = tx.selectFrom('requests').where('group_id', '=', groupId);
      if (network !== undefined) query = query.where('network', '=', network);
      const row = await query
        .select((of) => of.fn.countAll<number>().as('count'))
        .executeTakeFirst();
      return row?.count ?? 0;
    },
  };
}

interface SizeColumns {
  member_count: number;
  file_count: number;
  description_bytes: number;
}

function toSize(row: SizeColumns): GroupSize {
  return { members: row.member_count, files: row.file_count, bytes: row.description_bytes };
}
