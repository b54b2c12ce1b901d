import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
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
