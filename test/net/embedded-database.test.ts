import { join } from 'node:path';
import t from 'tap';
import { guardDatabase, openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { testFolder } from '../fixtures/test-folder.js';

t.test('a database keeps its rows when it is closed and opened again', async (t) => {
  const path = join(testFolder(t), 'rows.db');
  const first = await openEmbeddedDatabase(path);
  first.exec('CREATE TABLE rows (name TEXT PRIMARY KEY) STRICT');
  first.prepare('INSERT INTO rows VALUES (?)').run('kept');
  first.close();

  const second = await openEmbeddedDatabase(path);
  t.same({ ...(second.prepare('SELECT name FROM rows').get() as object) }, { name: 'kept' });
  second.close();
});

t.test('a database in memory is nobody else’s', async (t) => {
  const one = await openEmbeddedDatabase(':memory:');
  const other = await openEmbeddedDatabase(':memory:');
  one.exec('CREATE TABLE mine (x)');
  t.throws(() => other.exec('SELECT * FROM mine'));
  one.close();
  other.close();
});

t.test(
  'a guarded database names what failed, and leaves mistakes of ours as they are',
  async (t) => {
    const path = join(testFolder(t), 'rows.db');
    const opened = await openEmbeddedDatabase(path);
    opened.exec(
      'PRAGMA page_size = 512; CREATE TABLE rows (bytes BLOB); PRAGMA max_page_count = 8',
    );
    const database = guardDatabase(opened, 'cannot use the rows');
    const insert = database.prepare('INSERT INTO rows VALUES (?)');
    t.equal(insert.run(Buffer.alloc(10)).changes, 1);
    t.throws(() => insert.run(Buffer.alloc(100_000)), {
      name: 'StorageError',
      code: 'DISK_FULL',
      message: /^cannot use the rows: the disk is full; /,
    });
    t.equal(database.prepare('SELECT * FROM rows').all().length, 1);
    t.ok(database.prepare('SELECT * FROM rows').get());
    for (const act of [
      () => database.exec('ROLLBACK'),
      () => database.prepare('SELECT * FROM nothing'),
    ]) {
      t.throws(act, { code: 'ERR_SQLITE_ERROR' });
    }
    database.close();
  },
);
