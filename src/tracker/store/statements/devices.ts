/** The statements behind the devices on which somebody has logged in to an account. */
import { sql, type Kysely } from 'kysely';
import type { KnownDevice } from '../../../net/tracker-api.js';
import type { StoreTransaction } from '../store.js';
import type { ListRange } from '../stored.js';
import type { Tables } from './tables.js';

type DeviceStatements = Pick<
  StoreTransaction,
  | 'isKnownDevice'
  | 'addKnownDevice'
  | 'trimKnownDevices'
  | 'touchKnownDevice'
  | 'removeKnownDevice'
  | 'removeKnownDevicesBut'
  | 'listKnownDevices'
>;

/** Binds the statements to one transaction. */
export function deviceStatements(tx: Kysely<Tables>): DeviceStatements {
  return {
    async isKnownDevice(userId, deviceId) {
      const query = tx.selectFrom('known_devices').select('seen_at_ms');
      const row = await query
        .where('user_id', '=', userId)
        .where('device_id', '=', deviceId)
        .executeTakeFirst();
      return row !== undefined;
    },
    async addKnownDevice(userId, deviceId, nowMs) {
      await tx
        .insertInto('known_devices')
        .values({
          user_id: userId,
          device_id: deviceId,
          first_seen_at_ms: nowMs,
          seen_at_ms: nowMs,
        })
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'device_id']).doUpdateSet({ seen_at_ms: nowMs }),
        )
        .execute();
    },
    async trimKnownDevices(userId, keep) {
      const kept = tx
        .selectFrom('known_devices')
        .select('device_id')
        .where('user_id', '=', userId)
        .orderBy('seen_at_ms', 'desc')
        .orderBy('device_id')
        .limit(keep);
      await tx
        .deleteFrom('known_devices')
        .where('user_id', '=', userId)
        .where('device_id', 'not in', kept)
        .execute();
    },
    async touchKnownDevice(userId, deviceId, sinceMs, nowMs) {
      await tx
        .updateTable('known_devices')
        .set({ seen_at_ms: nowMs })
        .where('user_id', '=', userId)
        .where('device_id', '=', deviceId)
        .where('seen_at_ms', '<', sinceMs)
        .execute();
    },
    async removeKnownDevice(userId, deviceId) {
      const query = tx.deleteFrom('known_devices').where('user_id', '=', userId);
      const removed = await query.where('device_id', '=', deviceId).executeTakeFirst();
      return removed.numDeletedRows === 1n;
    },
    async removeKnownDevicesBut(userId, keptDeviceId) {
      const query = tx.deleteFrom('known_devices').where('user_id', '=', userId);
      await query.where('device_id', '<>', keptDeviceId).execute();
    },
    listKnownDevices: (userId, range, nowMs) => listKnownDevices(tx, userId, range, nowMs),
  };
}

async function listKnownDevices(
  tx: Kysely<Tables>,
  userId: string,
  { after, limit }: ListRange,
  nowMs: number,
): Promise<KnownDevice[]> {
  let query = tx
    .selectFrom('known_devices')
    .selectAll()
    .select(
      sql<
        number | boolean
      >`EXISTS (SELECT 1 FROM tokens WHERE tokens.user_id = known_devices.user_id
            AND tokens.device_id = known_devices.device_id AND expires_at_ms > ${nowMs})`.as(
        'is_logged_in',
      ),
    )
    .where('user_id', '=', userId)
    .orderBy('device_id')
    .limit(limit);
  if (after !== undefined) query = query.where('device_id', '>', after);
  return (await query.execute()).map((row) => ({
    deviceId: row.device_id,
    firstSeenAtMs: row.first_seen_at_ms,
    lastSeenAtMs: row.seen_at_ms,
    isLoggedIn: Boolean(row.is_logged_in),
  }));
}
