/** What becomes of a transaction of PostgreSQL in which something fails for which the work does not wait, or not yet. */
import t, { type Test } from 'tap';
import type { WorkSession } from '../../../../src/tracker/store/postgres/work-session.js';
import type { StoreTransaction, StoreWork } from '../../../../src/tracker/store/store.js';
import { PostgresCable } from '../../../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await PostgresServer.start(t);

  /** The server thwarts whoever looks for the member `thwarted` so many times, and cancels who adds `cancelled`. */
  const scene = async (t: Test, code = '40001', times = 1) => {
    const opened = await openTransactionScene(t, server);
    const { facts, beside } = opened;
    for (const user of ['thwarted', 'cancelled', 'ben', 'carl']) {
      await facts.addUser(user, 'hash', 1);
    }
    await facts.addMember('g', 'thwarted', 'member', 1);
    await beside.run(`
      CREATE SEQUENCE times;
      CREATE FUNCTION is_let_through(who TEXT) RETURNS BOOLEAN VOLATILE LANGUAGE plpgsql AS $$BEGIN
        IF who = 'thwarted' AND nextval('times') <= ${times} THEN RAISE SQLSTATE '${code}'; END IF;
        RETURN true;
      END$$;
      CREATE FUNCTION cancel() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN
        RAISE SQLSTATE '57014';
      END$$;
      CREATE TRIGGER cancels BEFORE INSERT ON members FOR EACH ROW
        WHEN (NEW.user_id = 'cancelled') EXECUTE FUNCTION cancel();
      ALTER TABLE members RENAME TO all_members;
      CREATE VIEW members AS SELECT * FROM all_members WHERE is_let_through(user_id)`);
    return opened;
  };

  /** Nobody may come to wait for it. */
  const lookAhead = (tx: StoreTransaction): void => {
    tx.findRole('g', 'thwarted').catch(() => undefined);
  };
  const add =
    (userId: string): StoreWork<string> =>
    async (tx) => {
      await tx.addMember('g', userId, 'member', 1);
      return userId;
    };
  const done = (value: unknown) => ({ status: 'fulfilled', value });
  const failed = (code: string) => ({ status: 'rejected', reason: { code } });

  void t.test('what a look ahead was thwarted by is done again, whoever waits', async (t) => {
    for (const waits of [true, false]) {
      const { url, groupOver, facts } = await scene(t);
      const codes: unknown[] = [];
      const ahead: StoreWork<string> = async (tx) => {
        lookAhead(tx);
        const found = tx.findGroup('g').catch((error: unknown) => {
          codes.push((error as { code?: unknown }).code);
          throw error;
        });
        if (waits) await found;
        else found.catch(() => undefined);
        return 'done';
      };
      t.match(await groupOver(url).carryOut([add('ben'), ahead, add('carl')]), [
        ...[done('ben'), done('done'), done('carl')],
      ]);
      t.same(codes, ['25P02'], 'and what was behind it failed only for that');
      for (const user of ['ben', 'carl']) t.equal(await facts.findRole('g', user), 'member');
    }
  });

  void t.test('a statement that is cancelled ahead is told as that', async (t) => {
    const { url, groupOver } = await scene(t, '57014', 100);
    const ahead: StoreWork<unknown> = async (tx) => {
      lookAhead(tx);
      return tx.findGroup('g');
    };
    t.match(await groupOver(url).carryOut([ahead]), [failed('57014')]);
    t.match(await groupOver(url).carryOut([add('ben'), ahead]), [failed('57014'), failed('57014')]);
  });

  void t.test('where each is waited for, a thwarted look ahead undoes none alone', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const broken: StoreWork<void> = (tx) => tx.addMember('nowhere', 'ben', 'member', 1);
    const ahead: StoreWork<string> = async (tx) => {
      lookAhead(tx);
      return add('ben')(tx);
    };
    t.match(await groupOver(url).carryOut([add('carl'), broken, ahead]), [
      ...[done('carl'), failed('23503'), done('ben')],
    ]);
    for (const user of ['ben', 'carl']) t.equal(await facts.findRole('g', user), 'member');
  });

  void t.test('a mistake in a look ahead undoes the work that looked, alone', async (t) => {
    const { url, groupOver, facts } = await scene(t, 'XX000', 100);
    for (const waits of [true, false]) {
      const ahead: StoreWork<void> = async (tx) => {
        lookAhead(tx);
        if (waits) await tx.findGroup('g');
      };
      const ends = await groupOver(url).carryOut([ahead, add('ben'), ahead, add('carl')]);
      t.match(ends, [failed('XX000'), done('ben'), failed('XX000'), done('carl')]);
      for (const user of ['ben', 'carl']) {
        t.equal(await facts.findRole('g', user), 'member');
        await facts.removeMember('g', user);
      }
    }
  });

  void t.test('nobody asks what became of a commit that was not sent', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const cable = await PostgresCable.lay(t, url);
    const cancelled: StoreWork<void> = async (tx) => {
      await tx.addMember('g', 'cancelled', 'member', 1);
      // Its answer is there when this one is.
      await tx.findGroup('g').catch(() => undefined);
      cable.unplug();
    };
    let session: WorkSession | undefined;
    const lost: StoreWork<void> = async (tx) => {
      await tx.findGroup('g');
      cable.unplug();
      while (session?.connection.isOpen === true) await new Promise(setImmediate);
    };
    for (const [work, reason] of [
      [cancelled, { code: '57014' }],
      [lost, { message: /gone/ }],
    ] as const) {
      cable.mend();
      const group = groupOver(cable.url, {
        onSession: (one) => (session = one),
        pause: async () => void t.fail('the server is asked, which does not answer'),
      });
      t.match(await group.carryOut([add('ben'), work]), [
        ...[
          { status: 'rejected', reason },
          { status: 'rejected', reason },
        ],
      ]);
      t.equal(await facts.findRole('g', 'ben'), undefined);
    }
  });

  void t.test('nor of one that was answered as undone', async (t) => {
    const { url, groupOver } = await scene(t);
    let sessions = 0;
    const group = groupOver(url, { onSession: () => void sessions++ });
    t.match(await group.carryOut([add('cancelled')]), [failed('57014')]);
    t.equal(sessions, 1);
  });
}
