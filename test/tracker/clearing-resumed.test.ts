/** What a tracker had left to be removed when it went is removed by the next one on its data, unasked. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../src/net/embedded-database.js';
import { CLEARING_TURN_MS, SHARES_ENDED_WITH_MEMBERSHIP } from '../../src/net/limits.js';
import { clearSome } from '../../src/tracker/clearing-turn.js';
import { inspectDatabase } from '../../src/tracker/store/sqlite/inspection.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { testFolder } from '../fixtures/test-folder.js';
import { startTrackerProcess, type TrackerProcess } from '../fixtures/tracker-process.js';
import { openTracker } from './tracker-client.js';
import { TrackerScene, type FakeClient } from './tracker-scene.js';

const COUNT = 4 * SHARES_ENDED_WITH_MEMBERSHIP;
/** Enough for some turns. */
const LARGE = 20 * SHARES_ENDED_WITH_MEMBERSHIP;
const KEPT = 3;

async function shareMany(
  scene: TrackerScene,
  groupId: string,
  { userId, deviceId }: FakeClient,
  count = COUNT,
) {
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < count; n++) {
      const [name, fileId] = [`file ${n}`, `${groupId} ${n}`];
      await tx.addDescription(fileId, { size: 5 }, new Uint8Array(3), userId);
      await tx.addFile({ groupId, name, fileId, size: 5 }, 1);
      await tx.addShare({ groupId, name, userId, deviceId }, 1);
    }
  });
}

/** Anna shares a name of hers, and those of ben that are the last to go; ben is out, with so many steps left. */
async function kickOne(path: string): Promise<void> {
  const store = await openSqliteStore(path);
  const scene = new TrackerScene(store);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('kept', anna, ben);
  await scene.makeGroup('other', ben);
  await shareMany(scene, 'other', ben, KEPT);
  await shareMany(scene, 'kept', ben, LARGE);
  await store.transaction(async (tx) => {
    for (let n = LARGE - KEPT; n < LARGE; n++) {
      await tx.addShare({ groupId: 'kept', name: `file ${n}`, ...sharerOf(anna) }, 1);
    }
  });
  await scene.call(anna, 'kick', { groupId: 'kept', userId: 'ben' });
  await store.close();
}

const sharerOf = ({ userId, deviceId }: FakeClient) => ({ userId, deviceId });

const rowsIn = (database: EmbeddedDatabase, table: string): number =>
  (database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;

const isPending = (database: EmbeddedDatabase): boolean =>
  rowsIn(database, 'pending_removals') + rowsIn(database, 'unused_contents') > 0;

/** A member is out and a group has ended, and the tracker went when it had removed some of what was left. */
async function leaveBehind(path: string): Promise<void> {
  const store = await openSqliteStore(path);
  const scene = new TrackerScene(store);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('kept', anna, ben);
  await scene.makeGroup('ended', ben);
  for (const groupId of ['kept', 'ended']) await shareMany(scene, groupId, ben);
  await scene.call(anna, 'kick', { groupId: 'kept', userId: 'ben' });
  await scene.call(ben, 'leaveGroup', { groupId: 'ended' });
  let nowMs = 0;
  scene.steadyMs = () => (nowMs += CLEARING_TURN_MS);
  await clearSome(scene.context, undefined);
  await store.close();
}

void t.test('a tracker goes on with what the one before it had begun to remove', async (t) => {
  const dataDir = testFolder(t);
  const path = join(dataDir, 'tracker.db');
  await leaveBehind(path);
  const database = await openEmbeddedDatabase(path);
  const begun = rowsIn(database, 'shares');
  t.ok(begun > 0 && begun < 2 * COUNT - 2 * SHARES_ENDED_WITH_MEMBERSHIP, 'it was at it');
  t.equal(rowsIn(database, 'pending_removals'), 2);

  const tracker = await openTracker(t, { dataDir });
  while (isPending(database)) await sleep(10);
  await tracker.close();
  for (const table of ['shares', 'files', 'descriptions'])
    t.equal(rowsIn(database, table), 0, table);
  t.equal(rowsIn(database, 'groups'), 1);
  database.close();
  t.same((await inspectDatabase(path)).flaws, []);
});

/** Kills the tracker when it has begun and something is left. */
async function killAtIt(database: EmbeddedDatabase, tracker: TrackerProcess): Promise<void> {
  while (rowsIn(database, 'shares') > LARGE - 2 * SHARES_ENDED_WITH_MEMBERSHIP) await sleep(1);
  await tracker.kill();
}

void t.test('a tracker that is killed while it removes has lost nothing else', async (t) => {
  const dataDir = testFolder(t);
  const path = join(dataDir, 'tracker.db');
  await kickOne(path);
  const database = await openEmbeddedDatabase(path);
  await killAtIt(database, await startTrackerProcess(dataDir));
  const left = rowsIn(database, 'shares');
  t.ok(left > 2 * KEPT && left < LARGE, 'it was at it');
  t.equal(rowsIn(database, 'pending_removals'), 1);
  const files = rowsIn(database, 'files');
  t.ok(files >= left - KEPT && files <= left, 'what nobody shares goes with the last share');

  const tracker = await startTrackerProcess(dataDir);
  while (isPending(database)) await sleep(10);
  await tracker.kill();
  t.equal(rowsIn(database, 'shares'), 2 * KEPT, 'those of anna, and those of ben in another group');
  t.equal(rowsIn(database, 'files'), 2 * KEPT);
  t.equal(rowsIn(database, 'descriptions'), 2 * KEPT);
  t.equal(rowsIn(database, 'groups'), 2);
  database.close();
  t.same((await inspectDatabase(path)).flaws, []);
});
