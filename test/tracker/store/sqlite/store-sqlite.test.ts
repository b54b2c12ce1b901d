import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { isIncarnation } from '../../../../src/net/ticket.js';
import { openSqliteStore } from '../../../../src/tracker/store/sqlite/store-sqlite.js';
import { runStoreSuite } from '../store-suite.js';

runStoreSuite(t, (t) => {
  const path = join(t.testdir(), 'tracker.db');
  return { open: () => openSqliteStore(path) };
});

void t.test('a database of a newer tracker is refused and left alone', async (t) => {
  const path = join(t.testdir(), 'tracker.db');
  await (await openSqliteStore(path)).close();
  const database = await openEmbeddedDatabase(path);
  database.exec('INSERT INTO schema_version VALUES (1000)');
  database.close();
  await t.rejects(openSqliteStore(path), { code: 'IO_ERROR', message: /newer version/ });
});

void t.test('groups that were made before incarnations existed get one each', async (t) => {
  const path = join(t.testdir(), 'tracker.db');
  await (await openSqliteStore(path)).close();
  const database = await openEmbeddedDatabase(path);
  database.exec(`
    ALTER TABLE groups DROP COLUMN incarnation;
    DELETE FROM schema_version WHERE version > 5;
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
