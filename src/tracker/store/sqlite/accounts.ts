/** The statements behind users and their resumable logins. */
import type { Transaction } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type AccountStatements = Pick<
  StoreTransaction,
  | 'findPasswordHash'
  | 'addUser'
  | 'addToken'
  | 'findToken'
  | 'extendToken'
  | 'removeToken'
  | 'removeTokensOfDevice'
  | 'trimTokens'
  | 'removeExpiredTokens'
  | KnownDeviceStatement
>;
type KnownDeviceStatement = 'isKnownDevice' | 'addKnownDevice' | 'trimKnownDevices';

/** Binds the statements to one transaction. */
export function accountStatements(tx: Transaction<Tables>): AccountStatements {
  return { ...userStatements(tx), ...tokenStatements(tx), ...deviceStatements(tx) };
}

function userStatements(
  tx: Transaction<Tables>,
): Pick<AccountStatements, 'findPasswordHash' | 'addUser'> {
  return {
    async findPasswordHash(userId) {
      const query = tx.selectFrom('users').select('password_hash').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.password_hash;
    },
    async addUser(userId, passwordHash, nowMs) {
      const added = await tx
        .insertInto('users')
        .values({ user_id: userId, password_hash: passwordHash, created_at_ms: nowMs })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },
  };
}

function tokenStatements(
  tx: Transaction<Tables>,
): Omit<AccountStatements, 'findPasswordHash' | 'addUser' | KnownDeviceStatement> {
  return {
    async addToken({ tokenHash, userId, deviceId, expiresAtMs }) {
      await tx
        .insertInto('tokens')
        .values({
          token_hash: tokenHash,
          user_id: userId,
          device_id: deviceId,
          expires_at_ms: expiresAtMs,
        })
        .execute();
    },
    async findToken(tokenHash) {
      const row = await tx
        .selectFrom('tokens')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      return (
        row && {
          tokenHash,
          userId: row.user_id,
          deviceId: row.device_id,
          expiresAtMs: row.expires_at_ms,
        }
      );
    },
    async extendToken(tokenHash, expiresAtMs) {
      await tx
        .updateTable('tokens')
        .set({ expires_at_ms: expiresAtMs })
        .where('token_hash', '=', tokenHash)
        .execute();
    },
    async removeToken(tokenHash) {
      await tx.deleteFrom('tokens').where('token_hash', '=', tokenHash).execute();
    },
    async removeTokensOfDevice(userId, deviceId) {
      await tx
        .deleteFrom('tokens')
        .where('user_id', '=', userId)
        .where('device_id', '=', deviceId)
        .execute();
    },
    async trimTokens(userId, keep) {
      const surplus = tx
        .selectFrom('tokens')
        .select('token_hash')
        .where('user_id', '=', userId)
        .orderBy('expires_at_ms', 'desc')
        .orderBy('token_hash')
        .limit(-1)
        .offset(keep);
      await tx.deleteFrom('tokens').where('token_hash', 'in', surplus).execute();
    },
    async removeExpiredTokens(nowMs) {
      await tx.deleteFrom('tokens').where('expires_at_ms', '<=', nowMs).execute();
    },
  };
}

function deviceStatements(tx: Transaction<Tables>): Pick<AccountStatements, KnownDeviceStatement> {
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
        .values({ user_id: userId, device_id: deviceId, seen_at_ms: nowMs })
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'device_id']).doUpdateSet({ seen_at_ms: nowMs }),
        )
        .execute();
    },
    async trimKnownDevices(userId, keep) {
      const surplus = tx
        .selectFrom('known_devices')
        .select('device_id')
        .where('user_id', '=', userId)
        .orderBy('seen_at_ms', 'desc')
        .orderBy('device_id')
        .limit(-1)
        .offset(keep);
      await tx
        .deleteFrom('known_devices')
        .where('user_id', '=', userId)
        .where('device_id', 'in', surplus)
        .execute();
    },
  };
}
