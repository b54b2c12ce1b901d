/** A reader whose disk fails: the log of a real database is gone for a while. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SnapshotReader } from '../../../../src/tracker/store/sqlite/snapshot-reader.js';
import { openSqliteStore } from '../../../../src/tracker/store/sqlite/store-sqlite.js';
import { testFolder } from '../../../fixtures/test-folder.js';

/** A store with a user in its log, and a second reader of it. */
async function scene(t: Test) {
  const path = join(testFolder(t), 'tracker.db');
  const store = await openSqliteStore(path);
  t.teardown(() => store.close());
  const add = (userId: string) => store.transaction((tx) => tx.addUser(userId, 'hash', 1));
  await add('anna');
  const reader = await SnapshotReader.open(path);
  t.teardown(() => reader.close());
  const find = (userId: string) => reader.read((facts) => facts.findPasswordHash(userId));
  const log = readFileSync(`${path}-wal`);
  const takeLog = (): void => truncateSync(`${path}-wal`, 32);
  const giveLog = (): void => writeFileSync(`${path}-wal`, log);
  return { reader, add, find, takeLog, giveLog };
}

t.test('nothing is read of another moment after a fault, until it is renewed', async (t) => {
  const { reader, find, takeLog, giveLog } = await scene(t);
  takeLog();
  await t.rejects(find('anna'));
  giveLog();
  t.equal(reader.isBroken, true);
  await t.rejects(find('anna'), 'also where the disk is well again');
  reader.renew();
  t.equal(reader.isBroken, false);
  t.ok(await find('anna'));
});

t.test('a mistake in a look breaks nothing', async (t) => {
  const { reader, add, find } = await scene(t);
  await t.rejects(reader.read(() => Promise.reject(new Error('refused'))));
  t.equal(reader.isBroken, false);
  await add('ben');
  t.equal(await find('ben'), undefined, 'it is where it was');
  reader.renew();
  t.ok(await find('ben'));
});

t.test('one that is broken closes', async (t) => {
  const { reader, find, takeLog, giveLog } = await scene(t);
  takeLog();
  await t.rejects(find('anna'));
  giveLog();
  await t.resolves(reader.close());
});
