/** The statements behind who is in which group, and as what. */
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { StoredGroup } from '../stored.js';
import type { Tables } from './tables.js';

type Tx = Kysely<Tables>;

type MemberStatements = Pick<StoreTransaction, OfOne | OfMany>;

type OfOne = 'addMember' | 'setRole' | 'removeMember' | 'countGroupsOf';

type OfMany =
  | ('findLongestStanding' | 'countMembersOf' | 'listMembersOf')
  | ('listMembers' | 'listMemberships');

/** Binds the statements to one transaction. */
export function memberStatements(tx: Tx): MemberStatements {
  return { ...ofOne(tx), ...ofMany(tx) };
}

function ofOne(tx: Tx): Pick<StoreTransaction, OfOne> {
  return {
    async addMember(groupId, userId, role, nowMs) {
      await tx
        .insertInto('members')
        .values({ group_id: groupId, user_id: userId, role, joined_at_ms: nowMs })
        .execute();
    },
    async setRole(groupId, userId, role) {
      const query = tx.updateTable('members').set({ role }).where('user_id', '=', userId);
      await query.where('group_id', '=', groupId).execute();
    },
    async removeMember(groupId, userId) {
      const query = tx.deleteFrom('members').where('user_id', '=', userId);
      await query.where('group_id', '=', groupId).execute();
    },
    async countGroupsOf(userId) {
      const counts = [countRows(tx, 'members', userId), countRows(tx, 'requests', userId)] as const;
      const [joined, asked] = await Promise.all(counts);
      return joined + asked;
    },
  };
}

function ofMany(tx: Tx): Pick<StoreTransaction, OfMany> {
  return {
    async findLongestStanding(groupId, role) {
      const query = tx.selectFrom('members').select('user_id').where('group_id', '=', groupId);
      const first = query.where('role', '=', role).orderBy('seq').limit(1);
      return (await first.executeTakeFirst())?.user_id;
    },
    async countMembersOf(groupId, roles) {
      const row = await tx
        .selectFrom('members')
        .select((of) => of.fn.countAll<number>().as('count'))
        .where('group_id', '=', groupId)
        .where('role', 'in', roles)
        .executeTakeFirst();
      return row?.count ?? 0;
    },
    async listMembersOf(groupId, roles) {
      const rows = await tx
        .selectFrom('members')
        .select('user_id')
        .where('group_id', '=', groupId)
        .where('role', 'in', roles)
        .orderBy('seq')
        .execute();
      return rows.map((row) => row.user_id);
    },
    async listMembers(groupId, { after, limit }) {
      let query = tx
        .selectFrom('members')
        .select(['user_id', 'role'])
        .where('group_id', '=', groupId)
        .orderBy('user_id')
        .limit(limit);
      if (after !== undefined) query = query.where('user_id', '>', after);
      return (await query.execute()).map(({ user_id: userId, role }) => ({ userId, role }));
    },
    async listMemberships(userId, { after, limit }) {
      let query = tx
        .selectFrom('members')
        .innerJoin('groups', 'groups.group_id', 'members.group_id')
        .select(['groups.group_id', 'groups.incarnation', 'groups.epoch', 'members.role'])
        .where('members.user_id', '=', userId)
        .orderBy('members.group_id')
        .limit(limit);
      if (after !== undefined) query = query.where('members.group_id', '>', after);
      return (await query.execute()).map((row) => ({ ...toGroup(row), role: row.role }));
    },
  };
}

async function countRows(tx: Tx, table: 'members' | 'requests', userId: string): Promise<number> {
  const row = await tx
    .selectFrom(table)
    .where('user_id', '=', userId)
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

interface GroupColumns {
  readonly group_id: string;
  readonly incarnation: string;
  readonly epoch: number;
}

/** A row of `groups`. */
export function toGroup({ group_id: groupId, incarnation, epoch }: GroupColumns): StoredGroup {
  return { groupId, incarnation, epoch };
}
