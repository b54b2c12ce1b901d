import t, { type Test } from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { TransactionGroup } from '../../../../src/tracker/store/sqlite/transaction-group.js';
import type { StoreTransaction } from '../../../../src/tracker/store/store.js';

/** A database with a table, and what is in it; the statements of a store are not needed here. */
async function scene(t: Test) {
  const database = await openEmbeddedDatabase(':memory:');
  t.teardown(() => database.isOpen && database.close());
  database.exec('CREATE TABLE words (word TEXT UNIQUE)');
  const group = new TransactionGroup(database, {} as StoreTransaction);
  const insert = database.prepare('INSERT INTO words VALUES (?)');
  const add = (word: string) => async (): Promise<string> => {
    insert.run(word);
    return word;
  };
  const words = (): string[] =>
    (database.prepare('SELECT word FROM words').all() as { word: string }[])
      .map(({ word }) => word)
      .sort();
  return { database, group, add, words };
}

const refused = async (): Promise<never> => {
  throw new Error('refused');
};
const done = (value: string) => ({ status: 'fulfilled', value });
const failed = (message: string | RegExp) => ({ status: 'rejected', reason: { message } });

void t.test(
  'what one did is undone alone, also where a rule of the database was broken',
  async (t) => {
    const { group, add, words } = await scene(t);
    const both = async (): Promise<void> => {
      await add('b')();
      await add('a')();
    };
    const ends = await group.carryOut([add('a'), both, refused, add('c')]);
    t.match(ends, [done('a'), failed(/UNIQUE/), failed('refused'), done('c')]);
    t.same(words(), ['a', 'c']);
  },
);

void t.test('the first is undone alone too, with what it has done', async (t) => {
  const { group, add, words } = await scene(t);
  const half = async (): Promise<void> => {
    await add('half')();
    await refused();
  };
  const ends = await group.carryOut([half, half, add('a'), half, add('b')]);
  const no = failed('refused');
  t.match(ends, [no, no, done('a'), no, done('b')]);
  t.same(words(), ['a', 'b']);
  t.match(await group.carryOut([half]), [no]);
  t.match(await group.carryOut([add('c')]), [done('c')]);
  t.same(words(), ['a', 'b', 'c']);
});

void t.test('a full disk undoes those before it, and the rest goes on', async (t) => {
  const { database, group, add, words } = await scene(t);
  database.exec('PRAGMA max_page_count = 4');
  const ends = await group.carryOut([add('a'), refused, add('x'.repeat(100_000)), add('b')]);
  const full = /full/;
  t.match(ends, [failed(full), failed(full), failed(full), done('b')]);
  t.same(words(), ['b']);
  t.match(await group.carryOut([add('c')]), [done('c')]);
  t.same(words(), ['b', 'c']);
});

void t.test('a commit that fails undoes all, and the next ones do not feel it', async (t) => {
  const { database, group, add, words } = await scene(t);
  database.exec('CREATE TABLE owners (id INTEGER PRIMARY KEY)');
  database.exec(
    'CREATE TABLE things (id INTEGER REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED)',
  );
  const orphan = async (): Promise<string> => {
    database.exec('PRAGMA foreign_keys = ON; INSERT INTO things VALUES (7)');
    return 'orphan';
  };
  database.exec('PRAGMA foreign_keys = ON');
  const ends = await group.carryOut([refused, add('a'), orphan, refused]);
  const broken = failed(/FOREIGN KEY/);
  t.match(
    ends,
    [failed('refused'), broken, broken, broken],
    'a refusal behind may be for what is undone',
  );
  t.same(words(), []);
  t.match(await group.carryOut([add('b')]), [done('b')]);
  t.same(words(), ['b']);
});

void t.test(
  'one that ended the transaction itself takes the others with it, and no more',
  async (t) => {
    const { database, group, add, words } = await scene(t);
    const rude = async (): Promise<never> => {
      database.exec('ROLLBACK');
      throw new Error('rude');
    };
    const ends = await group.carryOut([add('a'), rude, add('b')]);
    t.match(ends, [failed('rude'), failed('rude'), done('b')]);
    t.same(words(), ['b']);
  },
);

void t.test('a closed database answers each of them', async (t) => {
  const { database, group, add } = await scene(t);
  database.close();
  t.match(await group.carryOut([add('a'), add('b')]), [failed(/open/), failed(/open/)]);
});
