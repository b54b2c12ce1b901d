/**
 * The statements behind what is left of a removal when its first turn is over: which removals those are, and a group
 * that has ended, whose rows go some at a time.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { HISTORY_REMOVED_AT_ONCE, SHARES_ENDED_AT_ONCE } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import type { PendingRemoval, RemovalPlace } from '../stored.js';
import { contentsRemovedBy, dropUnused, goneFrom } from './contents.js';
import { endSome, removeUnshared } from './share-ends.js';
import type { Tables } from './tables.js';
import { noteUnused } from './unused-contents.js';
import type { Wording } from './wording.js';

type Tx = Kysely<Tables>;

type RemovalStatements = Pick<
  StoreTransaction,
  | ('endGroup' | 'removeSomeOfGroup' | 'removeLeftShares')
  | ('addPendingRemoval' | 'takePendingRemoval' | 'removePendingRemoval')
  | ('isPendingRemoval' | 'hasPendingRemoval')
>;

/** In place of a user. */
const WHOLE_GROUP = '';

/** Binds the statements to one transaction. */
export function removalStatements(tx: Tx, wording: Wording): RemovalStatements {
  return { ...ofGroups(tx, wording), ...pending(tx, wording) };
}

function ofGroups(
  tx: Tx,
  wording: Wording,
): Pick<RemovalStatements, 'endGroup' | 'removeSomeOfGroup' | 'removeLeftShares'> {
  return {
    async endGroup(groupId) {
      const requests = tx.deleteFrom('requests').where('group_id', '=', groupId);
      const asking = await requests.returning('user_id').execute();
      for (const table of ['members', 'group_invites', 'bans', 'pending_removals'] as const) {
        await tx.deleteFrom(table).where('group_id', '=', groupId).execute();
      }
      const ended = tx.updateTable('groups').set({ is_ended: 1, skeleton: null });
      await ended.where('group_id', '=', groupId).execute();
      return asking.map((row) => row.user_id);
    },
    removeSomeOfGroup: (groupId) => removeSomeOfGroup(tx, wording, groupId),
    async removeLeftShares(groupId, name) {
      const { rows } = await sql<{ name: string }>`
        DELETE FROM shares WHERE group_id = ${groupId} AND name = ${name} AND user_id IN
          (SELECT user_id FROM pending_removals WHERE group_id = ${groupId})
        RETURNING name`.execute(tx);
      if (rows.length === 0) return undefined;
      const unshared = await removeUnshared(tx, wording, groupId, [name]);
      await dropUnused(tx, wording, unshared);
      return { gone: await goneFrom(tx, wording, groupId, unshared) };
    },
  };
}

/** Shares first, because what they count for is what their names stand for. True when nothing is left. */
async function removeSomeOfGroup(tx: Tx, wording: Wording, groupId: string): Promise<boolean> {
  const names = await endSome(tx, wording, { groupId });
  if (names.length > 0) {
    await noteUnused(tx, await removeUnshared(tx, wording, groupId, names));
    return false;
  }
  if (await removeSomeFiles(tx, wording, groupId)) return false;
  if (await removeSomeVersions(tx, groupId)) return false;
  const { numAffectedRows } = await sql`DELETE FROM history WHERE group_id = ${groupId}
    AND seq IN (SELECT seq FROM history WHERE group_id = ${groupId}
      ORDER BY seq LIMIT ${HISTORY_REMOVED_AT_ONCE})`.execute(tx);
  if (Number(numAffectedRows) === HISTORY_REMOVED_AT_ONCE) return false;
  await tx.deleteFrom('groups').where('group_id', '=', groupId).execute();
  return true;
}

/** Names that nobody shares. True when there may be more. */
async function removeSomeFiles(tx: Tx, wording: Wording, groupId: string): Promise<boolean> {
  const query = tx.selectFrom('files').select('name').where('group_id', '=', groupId);
  const found = await query.limit(SHARES_ENDED_AT_ONCE).execute();
  if (found.length === 0) return false;
  const names = found.map(({ name }) => name);
  const deletion = tx.deleteFrom('files').where(wording.lookups.filesNamed(groupId, names));
  await noteUnused(tx, await contentsRemovedBy(deletion));
  return found.length === SHARES_ENDED_AT_ONCE;
}

/** The same of what names stood for. */
async function removeSomeVersions(tx: Tx, groupId: string): Promise<boolean> {
  const query = tx.selectFrom('former_versions').select('seq').where('group_id', '=', groupId);
  const found = await query.limit(SHARES_ENDED_AT_ONCE).execute();
  if (found.length === 0) return false;
  const seqs = found.map(({ seq }) => seq);
  const deletion = tx.deleteFrom('former_versions').where('seq', 'in', seqs);
  await noteUnused(tx, await contentsRemovedBy(deletion));
  return found.length === SHARES_ENDED_AT_ONCE;
}

function pending(
  tx: Tx,
  wording: Wording,
): Omit<RemovalStatements, 'endGroup' | 'removeSomeOfGroup' | 'removeLeftShares'> {
  return {
    async addPendingRemoval({ groupId, userId = WHOLE_GROUP }) {
      const row = { group_id: groupId, user_id: userId };
      await tx.insertInto('pending_removals').values(row).execute();
    },
    async takePendingRemoval(from) {
      const next = from && (await nextOf(tx, wording, placed(from)));
      return next ?? (await nextOf(tx, wording, sql`1 = 1`));
    },
    async removePendingRemoval({ groupId, userId = WHOLE_GROUP }) {
      const deletion = tx.deleteFrom('pending_removals').where('group_id', '=', groupId);
      await deletion.where('user_id', '=', userId).execute();
    },
    async isPendingRemoval({ groupId, userId = WHOLE_GROUP }) {
      const query = tx.selectFrom('pending_removals').select('group_id');
      const row = query.where('group_id', '=', groupId).where('user_id', '=', userId);
      return (await row.executeTakeFirst()) !== undefined;
    },
    async hasPendingRemoval(groupId, userId) {
      const query = tx.selectFrom('pending_removals').select('group_id');
      const of = query.where((is) =>
        is.or([is('group_id', '=', groupId), is('user_id', '=', userId)]),
      );
      return (await of.limit(1).executeTakeFirst()) !== undefined;
    },
  };
}

/** True of the rows from there on. */
function placed({ removal: { groupId, userId = WHOLE_GROUP }, isIncluded }: RemovalPlace) {
  const isBehind = sql.raw(isIncluded ? '>=' : '>');
  return sql`(group_id, user_id) ${isBehind} (${groupId}, ${userId})`;
}

async function nextOf(
  tx: Tx,
  { lockedAlone }: Wording,
  condition: RawBuilder<unknown>,
): Promise<PendingRemoval | undefined> {
  const { rows } = await sql<{ group_id: string; user_id: string }>`
    SELECT group_id, user_id FROM pending_removals WHERE ${condition}
    ORDER BY group_id, user_id LIMIT 1 ${lockedAlone}`.execute(tx);
  const [row] = rows;
  if (!row) return undefined;
  const { group_id: groupId, user_id: userId } = row;
  return { groupId, userId: userId === WHOLE_GROUP ? undefined : userId };
}
