/** What is wrong with a database, told by what it says. */
import t from 'tap';
import { databaseFlaw, preparedBy } from '../../src/net/database-flaw.js';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { StorageError } from '../../src/net/errors.js';

t.test('results of SQLite', async (t) => {
  for (const [errcode, flaw] of [
    [5, 'busy'],
    [261, 'busy'],
    [11, 'damaged'],
    [26, 'damaged'],
    [13, undefined],
    [undefined, undefined],
  ] as const) {
    t.equal(databaseFlaw(Object.assign(new Error('said'), { errcode })), flaw, String(errcode));
  }
});

t.test('a statement that does not fit its tables is damage', async (t) => {
  const database = await openEmbeddedDatabase(':memory:');
  t.teardown(() => database.close());
  database.exec('CREATE TABLE users (name TEXT)');
  t.ok(preparedBy(database, 'SELECT name FROM users'));
  try {
    preparedBy(database, 'SELECT ame FROM users');
    t.fail('there is no such column');
  } catch (error) {
    t.ok(error instanceof StorageError);
    t.equal(databaseFlaw(error), 'damaged');
    t.match(error, { code: 'IO_ERROR', message: /no such column: ame/ });
  }
});
