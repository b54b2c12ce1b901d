/** The store in a PostgreSQL server that runs, with all that every store must do and what only this one can. */
import t, { type Test } from 'tap';
import {
  openPostgresStore,
  type PostgresStoreOptions,
} from '../../../../src/tracker/store/postgres/store-postgres.js';
import { DATABASE_RECONNECT_PAUSE_MS } from '../../../../src/net/limits.js';
import type { Published } from '../../../../src/tracker/store/shared-store.js';
import type { Store, StoreWork } from '../../../../src/tracker/store/store.js';
import { INCARNATION } from '../../../fixtures/incarnations.js';
import { PostgresCable } from '../../../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { runStoreSuite } from '../store-suite.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  const nobodyHears = { onOthersMayHaveWritten: () => {}, onUntoldChanges: () => {} };
  const server = await PostgresServer.start(t);
  runStoreSuite(t, () => {
    const made = server.createDatabase();
    return {
      open: async () => openPostgresStore({ url: await made, ...nobodyHears }),
    };
  });

  const open = async (
    t: Test,
    url: string,
    more: Partial<PostgresStoreOptions> = {},
  ): Promise<Store> => {
    const store = await openPostgresStore({ url, ...nobodyHears, ...more });
    t.teardown(() => store.close());
    return store;
  };
  const addUser = (store: Store, userId: string): Promise<boolean> =>
    store.transaction((tx) => tx.addUser(userId, 'hash', 1));
  const BUSY = { code: 'BUSY' };
  /** As the server says it. */
  const CONFLICT = { code: '40001', severity: 'ERROR' };

  void t.test('one tracker has a database, until it ends', async (t) => {
    const url = await server.createDatabase();
    const first = await openPostgresStore({ url, ...nobodyHears });
    await t.rejects(open(t, url), { code: 'HOME_IN_USE' });
    await first.close();
    t.equal(await addUser(await open(t, url), 'anna'), true);
  });

  void t.test('who only looks does not wait for long while the server is silent', async (t) => {
    const cable = await PostgresCable.lay(t, await server.createDatabase());
    const store = await open(t, cable.url);
    cable.fallSilent();
    let isOver = false;
    const look = () => store.read((tx) => tx.findGroup('g')).finally(() => (isOver = true));
    await t.rejects(look(), BUSY);
    isOver = false;
    const next = look();
    next.catch(() => undefined);
    await new Promise(setImmediate);
    t.equal(isOver, true, 'and the next one not at all');
    await t.rejects(next, BUSY);
    cable.mend();
    cable.cutAll();
    await until(() => store.read((tx) => tx.findGroup('g')));
  });

  void t.test('several share a database, and one alone does not get in', async (t) => {
    const url = await server.createDatabase();
    const [one, two] = [
      await open(t, url, { isShared: true }),
      await open(t, url, { isShared: true }),
    ] as const;
    await t.rejects(open(t, url), { code: 'HOME_IN_USE', message: /--presence/ });
    t.equal(one.outbox?.onPublished, undefined);
    await one.sharedKeys?.bring('key', 'first');
    await two.sharedKeys?.bring('key', 'second');
    t.equal(await two.sharedKeys?.find('key'), 'first');
    t.equal(await two.sharedKeys?.find('other'), undefined);
    t.equal((await open(t, await server.createDatabase())).outbox, undefined, 'of one alone');
  });

  void t.test('what is committed is told in the order of the commits, once', async (t) => {
    const url = await server.createDatabase();
    const [one, two] = [
      await open(t, url, { isShared: true }),
      await open(t, url, { isShared: true }),
    ] as const;
    const published: unknown[] = [];
    one.outbox!.onPublished = (rows) => published.push(rows);
    const add = (store: Store, userId: string): Promise<unknown> =>
      store.transaction(async (tx) => {
        await tx.addUser(userId, 'hash', 1);
        await tx.publish(`${userId} came`);
      });
    const writers = [one, two].map(async (store, index) => {
      for (let number = 0; number < 40; number++) await add(store, `user-${index}-${number}`);
    });
    // Whoever reads behind what was read already finds each one, whatever is under way.
    const seen: string[] = [];
    const reader = (async () => {
      for (let last = 0; seen.length < 80;) {
        const { rows } = await two.outbox!.read(last, 7);
        for (const { entry } of rows) seen.push(entry);
        last = rows.at(-1)?.seq ?? last;
      }
    })();
    await Promise.all([...writers, reader]);
    t.equal(new Set(seen).size, 80, 'none twice');
    for (const index of [0, 1]) {
      const own = seen.filter((entry) => entry.startsWith(`user-${index}-`));
      t.same(
        own,
        Array.from({ length: 40 }, (_, number) => `user-${index}-${number} came`),
      );
    }
    t.equal(published.length, 40);
    const head = await one.outbox!.head();
    const ends = await one.transactions([
      async (tx) => tx.publish('good'),
      async (tx) => {
        await tx.publish('bad');
        throw new Error('undone');
      },
    ]);
    t.match(ends, [{ status: 'fulfilled' }, { status: 'rejected' }]);
    t.match(await one.outbox!.read(head, 9), { rows: [{ isOwn: true, entry: 'good' }] });
    t.match(await two.outbox!.read(head, 9), { rows: [{ isOwn: false, entry: 'good' }] });
    t.equal((await two.outbox!.read(head, 9)).rows.length, 1);
    t.equal((await two.outbox!.read(head, 9)).removedUpTo, 0);
    const last = await two.outbox!.head();
    await two.outbox!.trim(-1_000);
    t.same(await one.outbox!.read(0, 9), { rows: [], removedUpTo: last });
    t.equal(await one.outbox!.head(), last, 'none is lower than those that were');
    await one.outbox!.trim(-1_000);
    t.same(await one.outbox!.read(0, 9), { rows: [], removedUpTo: last });
  });

  void t.test('rows of others between those of one call are told by their count', async (t) => {
    const url = await server.createDatabase();
    const [one, two] = [
      await open(t, url, { isShared: true }),
      await open(t, url, { isShared: true }),
    ] as const;
    await addUser(one, 'anna');
    await one.transaction((tx) =>
      tx.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1),
    );
    const published: (Published | 'unknown')[] = [];
    one.outbox!.onPublished = (rows) => published.push(rows);
    let runs = 0;
    const works: StoreWork<unknown>[] = [
      async (tx) => {
        await tx.publish('first');
        await tx.raiseEpoch('g');
        // What is thwarted is carried out again, in a transaction of its own.
        if (runs++ === 0) throw Object.assign(new Error('thwarted'), CONFLICT);
      },
      async (tx) => {
        // The first is committed by now, and nothing was read in this one.
        await two.transaction(async (other) => {
          await other.addUser('ben', 'hash', 1);
          await other.publish('of the other one');
        });
        await tx.addUser('carl', 'hash', 1);
        await tx.publish('second');
      },
    ];
    const ends = await one.transactions(works);
    t.same(
      ends.map(({ status }) => status),
      ['fulfilled', 'fulfilled'],
    );
    const { rows } = await one.outbox!.read(0, 9);
    t.same(
      rows.map(({ entry }) => entry),
      ['first', 'of the other one', 'second'],
    );
    t.same(published, [{ first: rows[0]?.seq, last: rows[2]?.seq, count: 2 }]);
  });

  void t.test('a look sees one moment, whatever another tracker commits meanwhile', async (t) => {
    const url = await server.createDatabase();
    const [one, two] = [
      await open(t, url, { isShared: true }),
      await open(t, url, { isShared: true }),
    ] as const;
    await one.read(async (facts) => {
      t.equal(await facts.findPasswordHash('anna'), undefined);
      await addUser(two, 'anna');
      t.equal(await facts.findPasswordHash('anna'), undefined);
    });
    t.equal(await one.read((facts) => facts.findPasswordHash('anna')), 'hash');
    await t.rejects(
      one.read(() => Promise.reject(new Error('of ours'))),
      { message: 'of ours' },
    );
    t.equal(await addUser(one, 'ben'), true);
  });

  void t.test('a session that is lost is made anew, and what was known is told off', async (t) => {
    const cable = await PostgresCable.lay(t, await server.createDatabase());
    let told = 0;
    const store = await open(t, cable.url, { onOthersMayHaveWritten: () => void told++ });
    await addUser(store, 'anna');
    t.equal(told, 0);
    // The server has not heard of the end of the first session when the second one comes.
    cable.cutAll();
    await until(() => addUser(store, 'ben'));
    t.equal(told, 1);
    t.match(await store.counts(), { users: 2 });
  });

  void t.test(
    'while the server is stopped all is refused as busy, and then it goes on',
    async (t) => {
      const own = await PostgresServer.start(t, { isDurable: true });
      const store = await open(t, await own.createDatabase());
      await addUser(store, 'anna');
      t.match(await store.counts(), { users: 1 });
      for (const end of ['stop', 'crash'] as const) {
        await own[end]();
        await t.rejects(addUser(store, end), BUSY);
        await t.rejects(addUser(store, end), BUSY);
        await t.rejects(
          store.read((facts) => facts.findPasswordHash('anna')),
          BUSY,
        );
        await t.rejects(store.counts(), BUSY);
        await own.startAgain();
        await until(() => addUser(store, end));
        t.equal(await store.read((facts) => facts.findPasswordHash('anna')), 'hash');
      }
      t.match(await store.counts(), { users: 3 }, 'and what was refused was not done');
    },
  );

  void t.test(
    'of a commit that nobody could ask for it is told later whether it was one',
    async (t) => {
      for (const when of ['before', 'behind'] as const) {
        const cable = await PostgresCable.lay(t, await server.createDatabase());
        let nowMs = 0;
        let untold = 0;
        const store = await open(t, cable.url, {
          onUntoldChanges: () => void untold++,
          pause: async (ms) => {
            nowMs += ms;
            await new Promise(setImmediate);
          },
          steadyMs: () => nowMs,
        });
        await addUser(store, 'anna');
        cable.cutAt('COMMIT', when, { forLong: true });
        const refused = async (): Promise<never> => {
          throw new Error('for what is not done, perhaps');
        };
        const both = await store.transactions([(tx) => tx.addUser('ben', 'hash', 1), refused]);
        const unknown = { code: 'TRACKER_STORAGE', message: /whether this is done shows/ };
        t.match(both, [{ reason: unknown }, { reason: unknown }]);
        await t.rejects(addUser(store, 'carl'), BUSY);
        t.equal(untold, 0);
        cable.mend();
        nowMs += DATABASE_RECONNECT_PAUSE_MS;
        const found = await store.read((facts) => facts.findPasswordHash('ben'));
        t.equal(found, when === 'behind' ? 'hash' : undefined);
        t.equal(untold, when === 'behind' ? 1 : 0);
        await addUser(store, 'carl');
        t.equal(untold, when === 'behind' ? 1 : 0, 'once');
      }
    },
  );

  void t.test('a text that PostgreSQL cannot hold stands for nothing', async (t) => {
    const store = await open(t, await server.createDatabase());
    await t.rejects(
      store.read((facts) => facts.findGroup('a\0b')),
      { code: 'BAD_REQUEST' },
    );
    t.equal(await addUser(store, 'anna'), true, 'and does no harm');
  });

  void t.test('ids are compared byte by byte, whatever the database does', async (t) => {
    const options = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'";
    const store = await open(t, await server.createDatabase(options));
    for (const user of ['b', 'B', 'ä', 'a', '~']) await addUser(store, user);
    const listed = await store.read((facts) => facts.listUsers({ after: undefined, limit: 9 }));
    t.same(
      listed.map(({ userId }) => userId),
      ['B', 'a', 'b', '~', 'ä'].filter((user) => listed.some(({ userId }) => userId === user)),
    );
    t.ok(listed.length >= 4);
  });

  void t.test('a database of a newer tracker, or of something else, is left alone', async (t) => {
    const url = await server.createDatabase();
    await (await openPostgresStore({ url, ...nobodyHears })).close();
    const { pathname } = new URL(url);
    await server.query(pathname.slice(1), "INSERT INTO kysely_migration VALUES ('9999', 'later')");
    await t.rejects(open(t, url), { code: 'IO_ERROR', message: /newer version/ });
    const foreign = await server.createDatabase();
    await server.query(new URL(foreign).pathname.slice(1), 'CREATE TABLE users (id INTEGER)');
    await t.rejects(open(t, foreign), { code: 'IO_ERROR', message: /something else/ });
    const latin = await server.createDatabase("TEMPLATE template0 ENCODING 'LATIN1'");
    await t.rejects(open(t, latin), { code: 'IO_ERROR', message: /UTF8/ });
  });
}

/** Repeats what is refused as busy until it is not. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'BUSY') throw error;
      await new Promise(setImmediate);
    }
  }
}
