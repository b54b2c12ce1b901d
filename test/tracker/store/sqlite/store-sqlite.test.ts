import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { isIncarnation } from '../../../../src/net/ticket.js';
import { migrate } from '../../../../src/tracker/store/sqlite/migrations.js';
import { openSqliteStore } from '../../../../src/tracker/store/sqlite/store-sqlite.js';
import { runStoreSuite } from '../store-suite.js';
import { testFolder } from '../../../fixtures/test-folder.js';
import { removeGroup } from '../whole-removals.js';

runStoreSuite(t, (t) => {
  const path = join(testFolder(t), 'tracker.db');
  return { open: () => openSqliteStore(path) };
});

void t.test('a database of a newer tracker is refused and left alone', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  await (await openSqliteStore(path)).close();
  const database = await openEmbeddedDatabase(path);
  database.exec('INSERT INTO schema_version VALUES (1000)');
  database.close();
  await t.rejects(openSqliteStore(path), { code: 'IO_ERROR', message: /newer version/ });
});

void t.test('groups that were made before incarnations existed get one each', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const database = await openEmbeddedDatabase(path);
  migrate(database, undefined, 5);
  database.exec(`
    INSERT INTO users (user_id, password_hash, created_at_ms) VALUES ('anna', 'hash', 1);
    INSERT INTO groups (group_id, owner_id, created_at_ms)
      VALUES ('a', 'anna', 1), ('b', 'anna', 1), ('c', 'anna', 1)`);
  database.close();
  const store = await openSqliteStore(path);
  t.teardown(() => store.close());
  const incarnations = await store.transaction(async (tx) =>
    Promise.all(['a', 'b', 'c'].map(async (id) => (await tx.findGroup(id))?.incarnation ?? '')),
  );
  t.ok(incarnations.every(isIncarnation));
  t.equal(new Set(incarnations).size, 3);
});

void t.test('devices that were known before are seen first when they were seen last', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const database = await openEmbeddedDatabase(path);
  migrate(database, undefined, 6);
  database.exec(`
    INSERT INTO users (user_id, password_hash, created_at_ms) VALUES ('anna', 'hash', 1);
    INSERT INTO known_devices (user_id, device_id, seen_at_ms) VALUES ('anna', 'pc', 7)`);
  database.close();
  const store = await openSqliteStore(path);
  t.teardown(() => store.close());
  const range = { after: undefined, limit: 9 };
  t.match(await store.transaction((tx) => tx.listKnownDevices('anna', range, 0)), [
    { deviceId: 'pc', firstSeenAtMs: 7, lastSeenAtMs: 7, isLoggedIn: false },
  ]);
});

void t.test('files of before were shared when their first share was made', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const database = await openEmbeddedDatabase(path);
  migrate(database, undefined, 9);
  database.exec(`
    INSERT INTO users (user_id, password_hash, created_at_ms) VALUES ('anna', 'hash', 1);
    INSERT INTO groups (group_id, owner_id, created_at_ms) VALUES ('g', 'anna', 1);
    INSERT INTO members (group_id, user_id, joined_at_ms) VALUES ('g', 'anna', 1);
    INSERT INTO descriptions VALUES ('cat', 5, 3);
    INSERT INTO files VALUES ('g', 'cat.jpg', 'cat', 5);
    INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms)
      VALUES ('g', 'cat.jpg', 'anna', 'phone', 8), ('g', 'cat.jpg', 'anna', 'pc', 7)`);
  database.close();
  const store = await openSqliteStore(path);
  t.teardown(() => store.close());
  const found = store.transaction((tx) => tx.findListedFile('g', 'cat.jpg'));
  t.match(await found, { sharer: 'anna', sharedAtMs: 7 });
});

void t.test(
  'ids of before that look alike are kept and told of, and the oldest counts',
  async (t) => {
    const path = join(testFolder(t), 'tracker.db');
    const database = await openEmbeddedDatabase(path);
    migrate(database, undefined, 7);
    database.exec(`
    INSERT INTO users (user_id, password_hash, created_at_ms)
      VALUES ('Anna', 'hash', 2), ('anna', 'hash', 1), ('ben', 'hash', 3);
    INSERT INTO groups (group_id, owner_id, created_at_ms)
      VALUES ('film', 'ben', 2), ('fiIm', 'ben', 3), ('song', 'ben', 1)`);
    database.close();
    const told: unknown[] = [];
    const store = await openSqliteStore(path, { onLookAlikes: (found) => void told.push(found) });
    t.teardown(() => store.close());
    t.same(told, [
      { kind: 'user', id: 'Anna', older: 'anna' },
      { kind: 'group', id: 'fiIm', older: 'film' },
    ]);
    await store.transaction(async (tx) => {
      for (const user of ['Anna', 'anna', 'ben']) t.equal(await tx.findPasswordHash(user), 'hash');
      t.equal(await tx.isLookAlike('user', 'ANNA'), true);
      t.equal(await tx.addUser('ANNA', 'hash', 4), false);
      t.match(await tx.findGroup('fiIm'), { groupId: 'fiIm' });
      await removeGroup(tx, 'film');
      t.equal(await tx.isLookAlike('group', 'FILM'), false, 'those without one block nobody');
    });
  },
);
