/** The statements behind users and their resumable logins. */
import { sql, type Kysely } from 'kysely';
import { skeleton } from '../../../net/confusables.js';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type AccountStatements = Pick<
  StoreTransaction,
  | 'findPasswordHash'
  | 'addUser'
  | 'findDisabledReason'
  | 'setDisabled'
  | 'listUsers'
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
type OperatorStatement = 'findDisabledReason' | 'setDisabled' | 'listUsers';
type KeyStatement = 'findUserOfKey' | 'findKeyDevice' | 'setKeyDevice';

/** Binds the statements to one transaction. */
export function accountStatements(tx: Kysely<Tables>): AccountStatements {
  return {
    ...userStatements(tx),
    ...operatorStatements(tx),
    ...keyStatements(tx),
    ...tokenStatements(tx),
  };
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

function operatorStatements(tx: Kysely<Tables>): Pick<AccountStatements, OperatorStatement> {
  return {
    async findDisabledReason(userId) {
      const query = tx.selectFrom('users').select('disabled_because').where('user_id', '=', userId);
      return (await query.executeTakeFirst())?.disabled_because ?? undefined;
    },
    async setDisabled(userId, reason) {
      const query = tx.updateTable('users').set({ disabled_because: reason ?? null });
      await query.where('user_id', '=', userId).execute();
    },
    async listUsers({ after, limit }) {
      let query = tx
        .selectFrom('users')
        .selectAll()
        .select(
          sql<number>`(SELECT count(*) FROM members WHERE members.user_id = users.user_id)`.as(
            'group_count',
          ),
        )
        .orderBy('user_id')
        .limit(limit);
      if (after !== undefined) query = query.where('user_id', '>', after);
      return (await query.execute()).map((row) => ({
        userId: row.user_id,
        createdAtMs: row.created_at_ms,
        disabledBecause: row.disabled_because ?? undefined,
        hasPassword: row.password_hash !== '',
        groups: row.group_count,
        files: row.share_count,
        bytes: row.described_bytes,
      }));
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
): Omit<AccountStatements, UserStatement | OperatorStatement | KeyStatement> {
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
    trimTokens: (userId, keep) => trimTokens(tx, userId, keep),
    async removeExpiredTokens(nowMs) {
      await tx.deleteFrom('tokens').where('expires_at_ms', '<=', nowMs).execute();
    },
  };
}

async function trimTokens(tx: Kysely<Tables>, userId: string, keep: number): Promise<void> {
  const kept = tx
    .selectFrom('tokens')
    .select('token_hash')
    .where('user_id', '=', userId)
    .orderBy('expires_at_ms', 'desc')
    .orderBy('token_hash')
    .limit(keep);
  const ofUser = tx.deleteFrom('tokens').where('user_id', '=', userId);
  await ofUser.where('token_hash', 'not in', kept).execute();
}
