/** The statements behind bans, and the devices that are banned with a user. */
import { sql, type Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { StoredBan } from '../stored.js';
import type { Tables } from './tables.js';
import type { Wording } from './wording.js';

type BanStatements = Pick<
  StoreTransaction,
  'addBan' | 'findBan' | 'removeBan' | 'countBans' | 'listBans' | 'isShutOut'
>;

type Tx = Kysely<Tables>;

/** Binds the statements to one transaction. */
export function banStatements(tx: Tx, wording: Wording): BanStatements {
  return {
    addBan: (groupId, ban) => addBan(tx, groupId, ban),
    async findBan(groupId, userId) {
      const query = tx.selectFrom('bans').selectAll().where('user_id', '=', userId);
      const row = await query.where('group_id', '=', groupId).executeTakeFirst();
      return row && toBan(row);
    },
    async removeBan(groupId, userId) {
      const query = tx.deleteFrom('bans').where('user_id', '=', userId);
      await query.where('group_id', '=', groupId).execute();
    },
    async countBans(groupId) {
      const query = tx.selectFrom('bans').where('group_id', '=', groupId);
      const row = await query
        .select((of) => of.fn.countAll<number>().as('count'))
        .executeTakeFirst();
      return row?.count ?? 0;
    },
    async listBans(groupId, { after = '', limit }) {
      const query = tx.selectFrom('bans').selectAll().where('group_id', '=', groupId);
      const rows = query.where('user_id', '>', after).orderBy('user_id').limit(limit);
      return (await rows.execute()).map(toBan);
    },
    isShutOut: (...whom) => isShutOut(tx, wording, ...whom),
  };
}

async function addBan(
  tx: Tx,
  groupId: string,
  { userId, byUserId, role, bannedAtMs }: StoredBan,
): Promise<void> {
  const terms = { by_user_id: byUserId, role: role ?? null, banned_at_ms: bannedAtMs };
  await tx
    .insertInto('bans')
    .values({ group_id: groupId, user_id: userId, ...terms })
    .onConflict((conflict) => conflict.columns(['group_id', 'user_id']).doUpdateSet(terms))
    .execute();
  await sql`INSERT INTO banned_devices (group_id, device_id, user_id)
    SELECT ${groupId}, device_id, ${userId} FROM (${devicesOf(userId)}) AS devices WHERE true
    ON CONFLICT DO NOTHING`.execute(tx);
}

/**
 * Both kinds of devices, of then and of now: somebody may have one forgotten, and go on with another.
 * From the few devices of the user to those who are on them, however many are banned.
 */
async function isShutOut(
  tx: Tx,
  { joinInOrder }: Wording,
  groupId: string,
  userId: string,
  deviceId: string | undefined,
): Promise<boolean> {
  const found = await sql<{ is_shut_out: number | boolean }>`
    WITH own (device_id) AS (${devicesOf(userId)} UNION SELECT ${deviceId ?? ''})
    SELECT EXISTS (SELECT 1 FROM bans WHERE group_id = ${groupId} AND user_id = ${userId})
      OR EXISTS (SELECT 1 FROM own ${joinInOrder} banned_devices USING (device_id)
        WHERE banned_devices.group_id = ${groupId})
      OR EXISTS (SELECT 1 FROM own ${joinInOrder} known_devices USING (device_id)
        ${joinInOrder} bans ON bans.user_id = known_devices.user_id WHERE bans.group_id = ${groupId})
      OR EXISTS (SELECT 1 FROM own ${joinInOrder} users ON users.key_device_id = own.device_id
        ${joinInOrder} bans ON bans.user_id = users.user_id WHERE bans.group_id = ${groupId})
      AS is_shut_out`.execute(tx);
  return Boolean(found.rows[0]?.is_shut_out);
}

/** On which a user is or was logged in, and the one that opens the account. */
function devicesOf(userId: string) {
  return sql`SELECT device_id FROM known_devices WHERE user_id = ${userId}
    UNION SELECT key_device_id FROM users WHERE user_id = ${userId} AND key_device_id IS NOT NULL`;
}

function toBan(row: Tables['bans']): StoredBan {
  return {
    userId: row.user_id,
    byUserId: row.by_user_id,
    role: row.role ?? undefined,
    bannedAtMs: row.banned_at_ms,
  };
}
