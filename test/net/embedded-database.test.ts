import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';

t.test('a database keeps its rows when it is closed and opened again', async (t) => {
  const path = join(t.testdir(), 'rows.db');
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
