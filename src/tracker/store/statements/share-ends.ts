/**
 * The statements behind shares that end: a statement for each step, not for each share, because members share tens of
 * thousands. Names that nobody shares any more go with them.
 */
import { sql, type Kysely } from 'kysely';
import { SHARES_ENDED_AT_ONCE } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import type { EndedShare } from '../stored.js';
import { contentsRemovedBy, dropUnused, goneFrom } from './contents.js';
import type { Sharer } from './lookups.js';
import type { Tables } from './tables.js';
import { noteUnused } from './unused-contents.js';
import type { Wording } from './wording.js';

type Tx = Kysely<Tables>;

/** Binds the statements to one transaction. */
export function shareEndStatements(
  tx: Tx,
  wording: Wording,
): Pick<StoreTransaction, 'findDescribedBytesOf' | 'removeShares' | 'removeSomeSharesOf'> {
  return {
    async findDescribedBytesOf(groupId, names) {
      const { rows } = await sql<{ name: string; bytes: number }>`
        SELECT name, (SELECT description_bytes FROM descriptions
          WHERE descriptions.file_id = files.file_id) AS bytes
        FROM files WHERE ${wording.lookups.filesNamed(groupId, names)}`.execute(tx);
      return new Map(rows.map(({ name, bytes }) => [name, bytes]));
    },
    async removeShares(sharer, names) {
      const ended = await endNamed(tx, wording, sharer, names);
      if (ended.length === 0) return [];
      const { groupId } = sharer;
      const stoodFor = await contentsOf(tx, wording, groupId, ended);
      await dropUnused(tx, wording, await removeUnshared(tx, wording, groupId, ended));
      const fileIds = [...new Set(stoodFor.map(({ fileId }) => fileId))];
      const gone = new Set(await goneFrom(tx, wording, groupId, fileIds));
      const rest = fileIds.filter((fileId) => !gone.has(fileId));
      const own = await sharedBy(tx, wording, sharer, rest);
      const leftOf = (fileId: string): EndedShare['left'] => {
        if (gone.has(fileId)) return 'nothing';
        return own.has(fileId) ? 'own' : 'others';
      };
      return stoodFor.map(({ name, fileId }) => ({ name, fileId, left: leftOf(fileId) }));
    },
    async removeSomeSharesOf(groupId, userId) {
      const names = await endSome(tx, wording, { groupId, userId });
      if (names.length === 0) return { gone: [], isRest: false };
      const [unshared, isRest] = await Promise.all([
        removeUnshared(tx, wording, groupId, names),
        sharesSomething(tx, wording, groupId, userId),
      ]);
      // What still has a name here is used.
      const gone = await goneFrom(tx, wording, groupId, unshared);
      await noteUnused(tx, gone);
      return { gone, isRest };
    },
  };
}

/** Ends those of the names that the device shares, and returns them. */
async function endNamed(
  tx: Tx,
  { lookups }: Wording,
  sharer: Sharer,
  names: readonly string[],
): Promise<string[]> {
  const deletion = tx.deleteFrom('shares').where(lookups.sharesOf(sharer, names));
  return (await deletion.returning('name').execute()).map(({ name }) => name);
}

function contentsOf(
  tx: Tx,
  { lookups }: Wording,
  groupId: string,
  names: readonly string[],
): Promise<{ readonly name: string; readonly fileId: string }[]> {
  const query = tx.selectFrom('files').select(['name', 'file_id as fileId']);
  return query.where(lookups.filesNamed(groupId, names)).execute();
}

/** Of these contents, those that the device shares under some name. */
async function sharedBy(
  tx: Tx,
  { lookups }: Wording,
  sharer: Sharer,
  fileIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (fileIds.length === 0) return new Set();
  const { rows } = await lookups.contentsSharedBy(sharer, fileIds).execute(tx);
  return new Set(rows.map(({ value }) => value));
}

/** Ends some shares in a group, those of one user or whose ever they are, and returns their names. */
export async function endSome(
  tx: Tx,
  { sharesByUser }: Wording,
  { groupId, userId }: { readonly groupId: string; readonly userId?: string },
): Promise<string[]> {
  const some =
    userId === undefined
      ? sql`shares WHERE group_id = ${groupId}`
      : sql`${sharesByUser} WHERE user_id = ${userId} AND group_id = ${groupId}`;
  const { rows } = await sql<{ name: string }>`
    DELETE FROM shares WHERE seq IN (SELECT seq FROM ${some} LIMIT ${SHARES_ENDED_AT_ONCE})
    RETURNING name`.execute(tx);
  return [...new Set(rows.map(({ name }) => name))];
}

/** A user has shares in a group, or has left some behind. */
async function sharesSomething(
  tx: Tx,
  { sharesByUser }: Wording,
  groupId: string,
  userId: string,
): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM ${sharesByUser}
    WHERE user_id = ${userId} AND group_id = ${groupId} LIMIT 1`.execute(tx);
  return rows.length > 0;
}

/** Removes those names that nobody shares any more; returns what they stood for, which may be unused now. */
export function removeUnshared(
  tx: Tx,
  wording: Wording,
  groupId: string,
  names: readonly string[],
): Promise<string[]> {
  const deletion = tx
    .deleteFrom('files')
    .where(wording.lookups.filesNamed(groupId, names))
    .where(
      sql<boolean>`NOT EXISTS (SELECT 1 FROM shares
        WHERE shares.group_id = files.group_id AND shares.name = files.name)`,
    );
  return contentsRemovedBy(deletion);
}
