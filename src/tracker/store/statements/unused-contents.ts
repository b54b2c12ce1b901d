/**
 * Contents that a removal has taken the last name of. They are noted, a row for those of one statement, and dropped later:
 * their descriptions are most of what there is to remove, and nobody waits for their end.
 */
import { sql, type Kysely } from 'kysely';
import { DESCRIPTIONS_STOPPED_AT_ONCE_BYTES } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import { isUnused } from './contents.js';
import type { Tables } from './tables.js';
import type { Wording } from './wording.js';

type Tx = Kysely<Tables>;

/** Binds the statements to one transaction. */
export function unusedContentStatements(
  tx: Tx,
  wording: Wording,
): Pick<StoreTransaction, 'dropSomeContents' | 'hasUnusedContents'> {
  return {
    async hasUnusedContents() {
      const row = tx.selectFrom('unused_contents').select('seq').limit(1);
      return (await row.executeTakeFirst()) !== undefined;
    },
    async dropSomeContents(besideRemovals) {
      const note = await takeNote(tx, wording, besideRemovals);
      if (!note) return false;
      const unused = await findUnused(tx, wording, note.fileIds);
      const some = droppedAtOnce(unused);
      await dropContents(tx, wording, some);
      // What the rest of it needs is looked up anew: it may be used by then.
      if (some.length === unused.length)
        await tx.deleteFrom('unused_contents').where('seq', '=', note.seq).execute();
      return true;
    },
  };
}

/** Of what a removal has taken names away from, for dropSomeContents. */
export async function noteUnused(tx: Tx, fileIds: readonly string[]): Promise<void> {
  if (fileIds.length === 0) return;
  const row = { file_ids: JSON.stringify(fileIds) };
  await tx.insertInto('unused_contents').values(row).execute();
}

/** The first, if nobody else is at any: both would change the row of the same user. */
async function takeNote(
  tx: Tx,
  { aloneAtContents }: Wording,
  besideRemovals: boolean,
): Promise<{ readonly seq: number; readonly fileIds: readonly string[] } | undefined> {
  const isTime = besideRemovals ? sql`TRUE` : sql`NOT EXISTS (SELECT 1 FROM pending_removals)`;
  const { rows } = await sql<{ seq: number; file_ids: string }>`
    WITH turn AS MATERIALIZED (SELECT ${aloneAtContents} AS is_ours WHERE ${isTime})
    SELECT seq, file_ids FROM unused_contents WHERE (SELECT is_ours FROM turn)
    ORDER BY seq LIMIT 1`.execute(tx);
  const [row] = rows;
  return row && { seq: row.seq, fileIds: JSON.parse(row.file_ids) as string[] };
}

interface Unused {
  readonly fileId: string;
  readonly bytes: number;
}

async function findUnused(
  tx: Tx,
  { rowsOf }: Wording,
  fileIds: readonly string[],
): Promise<readonly Unused[]> {
  const query = tx
    .selectFrom('descriptions')
    .select(['file_id as fileId', 'description_bytes as bytes'])
    .where(sql<boolean>`file_id IN ${rowsOf(fileIds)}`);
  return query.where(isUnused).execute();
}

/** The first of them, with which not too much goes; one at least. */
function droppedAtOnce(unused: readonly Unused[]): readonly Unused[] {
  let bytes = 0;
  const end = unused.findIndex(({ bytes: more }, index) => {
    bytes += more;
    return index > 0 && bytes > DESCRIPTIONS_STOPPED_AT_ONCE_BYTES;
  });
  return end < 0 ? unused : unused.slice(0, end);
}

/** The slices go first: a statement of their own takes less than one for each description. */
async function dropContents(
  tx: Tx,
  { rowsOf }: Wording,
  contents: readonly Unused[],
): Promise<void> {
  if (contents.length === 0) return;
  const those = sql<boolean>`file_id IN ${rowsOf(contents.map(({ fileId }) => fileId))}`;
  await tx.deleteFrom('description_slices').where(those).execute();
  await tx.deleteFrom('descriptions').where(those).execute();
}
