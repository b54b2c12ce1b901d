/** The statements behind users and their resumable logins. */
import type { Kysely } from 'kysely';
import { skeleton } from '../../../net/confusables.js';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type AccountStatements = Pick<
  StoreTransaction,
  | 'findPasswordHash'
  | 'addUser'
  | 'setPasswordHash'
  | 'findUserOfKey'
  | 'findKeyDevice'
  | 'setKeyDevice'
  | 'addToken'
  | 'findToken'
  | 'extendToken'
  | 'removeToken'
  | 'removeTokensOfDevice'
  | 'removeTokensBut'
  | 'trimTokens'
  | 'removeExpiredTokens'
>;
type UserStatement = 'findPasswordHash' | 'addUser' | 'setPasswordHash';
type KeyStatement = 'findUserOfKey' | 'findKeyDevice' | 'setKeyDevice';

/** Binds the statements to one transaction. */
export function accountStatements(tx: Kysely<Tables>): AccountStatements {
  return { ...userStatements(tx), ...keyStatements(tx), ...tokenStatements(tx) };
}

function userStatements(tx: Kysely<Tables>): Pick<AccountStatements, UserStatement> {
  return {
    async findPasswordHash(userId) {
      const query = tx.selectFrom('users').select('password_hash').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.password_hash;
    },
    async addUser(userId, passwordHash, nowMs) {
      const added = await tx
        .insertInto('users')
        .values({
          user_id: userId,
          skeleton: skeleton(userId),
          password_hash: passwordHash,
          created_at_ms: nowMs,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },
    async setPasswordHash(userId, passwordHash) {
      const query = tx.updateTable('users').set({ password_hash: passwordHash });
      await query.where('user_id', '=', userId).execute();
    },
  };
}

function keyStatements(tx: Kysely<Tables>): Pick<AccountStatements, KeyStatement> {
  return {
    async findUserOfKey(deviceId) {
      const query = tx.selectFrom('users').select('user_id').where('key_device_id', '=', deviceId);
      return (await query.executeTakeFirst())?.user_id;
    },
    async findKeyDevice(userId) {
      const query = tx.selectFrom('users').select('key_device_id').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.key_device_id ?? undefined;
    },
    async setKeyDevice(userId, deviceId) {
      const query = tx.updateTable('users').set({ key_device_id: deviceId ?? null });
      await query.where('user_id', '=', userId).execute();
    },
  };
}

function tokenStatements(
  tx: Kysely<Tables>,
): Omit<AccountStatements, UserStatement | KeyStatement> {
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
    async removeTokensBut(userId, keptTokenHash) {
      await tx
        .deleteFrom('tokens')
        .where('user_id', '=', userId)
        .where('token_hash', '<>', keptTokenHash)
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
