/**
 * How many rows PostgreSQL reads when shares end, or come, as it counts them itself: a cost that no result shows. There
 * are many members and groups with little, by which its plans go, and one of each with much.
 */
import t from 'tap';
import { SHARES_STOPPED_AT_ONCE } from '../../../../src/net/limits.js';
import type { Connection } from '../../../../src/tracker/store/postgres/connection.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const MANY = 3_000;
/** For each share that ends: what it is, what it stands for, and what is left of that. */
const ROWS_PER_SHARE = 6;
/** What the server looks at while it plans. */
const ROWS_TO_PLAN = 100;

const SMALL_GROUPS = `
INSERT INTO users (user_id, password_hash, created_at_ms)
  SELECT 'u' || n, 'hash', 1 FROM generate_series(1, ${MANY}) n;
INSERT INTO groups (group_id, creator_id, incarnation, created_at_ms)
  SELECT 'g' || n, 'u' || n, repeat('0', 32), 1 FROM generate_series(1, ${MANY}) n;
INSERT INTO members (group_id, user_id, role, joined_at_ms)
  SELECT 'g' || n, 'u' || n, 'owner', 1 FROM generate_series(1, ${MANY}) n;
INSERT INTO descriptions (file_id, size, description_bytes, owner_id)
  SELECT 'c' || n, 5, 3, 'u' || n FROM generate_series(1, ${MANY}) n;
INSERT INTO files (group_id, name, file_id, size, shared_at_ms, place)
  SELECT 'g' || n, 'a', 'c' || n, 5, 1, 1 FROM generate_series(1, ${MANY}) n;
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms)
  SELECT 'g' || n, 'a', 'u' || n, 'pc', 1 FROM generate_series(1, ${MANY}) n`;

/** Anna has many files, the first ones of which everybody shares with her, and as many names for one content. */
const LARGE_GROUP = `
INSERT INTO members (group_id, user_id, joined_at_ms)
  SELECT 'g', user_id, 1 FROM users;
INSERT INTO descriptions (file_id, size, description_bytes, owner_id)
  SELECT 'of file ' || n, 5, 3, 'anna' FROM generate_series(1, ${MANY}) n;
INSERT INTO descriptions (file_id, size, description_bytes, owner_id) VALUES ('same', 5, 3, 'anna');
INSERT INTO files (group_id, name, file_id, size, shared_at_ms, place)
  SELECT 'g', 'file ' || n, 'of file ' || n, 5, 1, n FROM generate_series(1, ${MANY}) n;
INSERT INTO files (group_id, name, file_id, size, shared_at_ms, place)
  SELECT 'g', 'name ' || n, 'same', 5, 1, n + ${MANY} FROM generate_series(1, ${MANY}) n;
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms)
  SELECT 'g', name, 'anna', 'pc', 1 FROM files WHERE group_id = 'g';
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms)
  SELECT 'g', 'file 1', user_id, 'pc', 1 FROM users WHERE user_id <> 'anna'`;

/** Rows of the large tables that this transaction has read. */
async function rowsRead(connection: Connection): Promise<number> {
  const { rows } = await connection.query<{ count: number }>(
    `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) AS count
      FROM pg_stat_xact_user_tables WHERE relname IN ('shares', 'files', 'former_versions')`,
  );
  return rows[0]!.count;
}

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  void t.test('shares end, and come, without a look at those that stay', async (t) => {
    const { facts, beside } = await openTransactionScene(t, await PostgresServer.start(t));
    await beside.run(SMALL_GROUPS);
    await beside.run(LARGE_GROUP);
    await beside.run('ANALYZE');
    const sharer = { groupId: 'g', userId: 'anna', deviceId: 'pc' };
    const named = (kind: string, first: number, count: number) =>
      Array.from({ length: count }, (_, number) => `${kind} ${first + number}`);
    const ends: [string, string[], string][] = [
      ['a batch', named('file', 2, SHARES_STOPPED_AT_ONCE), 'nothing'],
      ['one that everybody shares', ['file 1'], 'others'],
      ['names of one content', named('name', 1, SHARES_STOPPED_AT_ONCE), 'own'],
    ];
    for (const mode of ['force_generic_plan', 'force_custom_plan']) {
      await beside.run(`SET plan_cache_mode = ${mode}`);
      for (const [what, names, left] of ends) {
        await beside.run('BEGIN ISOLATION LEVEL SERIALIZABLE');
        const before = await rowsRead(beside);
        await facts.findDescribedBytesOf(sharer.groupId, names);
        const ended = await facts.removeShares(sharer, [...names, 'no such name']);
        const read = (await rowsRead(beside)) - before;
        await beside.run('ROLLBACK');
        t.same(ended.map(({ name }) => name).toSorted(), names.toSorted(), `${what} by ${mode}`);
        t.ok(ended.every((one) => one.left === left));
        const most = ROWS_TO_PLAN + ROWS_PER_SHARE * names.length;
        t.ok(read >= names.length && read <= most, `${what}: ${read} rows, ${most} at most`);
      }
      await beside.run('BEGIN ISOLATION LEVEL SERIALIZABLE');
      const before = await rowsRead(beside);
      await facts.findSharing({ ...sharer, name: 'new' }, 'new');
      await facts.findSharing({ ...sharer, name: 'file 1' }, 'of file 1');
      const read = (await rowsRead(beside)) - before;
      await beside.run('ROLLBACK');
      t.ok(read > 0 && read <= ROWS_TO_PLAN, `what is shared is found: ${read} rows`);
    }
  });
}
