/** Transactions of PostgreSQL that others thwart, that fail, and whose session is lost while they are committed. */
import t, { type Test } from 'tap';
import { CONFLICT_PAUSE_MS, MAX_TRANSACTION_ATTEMPTS } from '../../../../src/net/limits.js';
import { BEGIN } from '../../../../src/tracker/store/postgres/work-session.js';
import type { StoreTransaction, StoreWork } from '../../../../src/tracker/store/store.js';
import { PostgresCable } from '../../../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await PostgresServer.start(t);

  const scene = (t: Test, on = server) => openTransactionScene(t, on);

  const add =
    (userId: string): StoreWork<string> =>
    async (tx: StoreTransaction) => {
      if (!(await tx.addUser(userId, 'hash', 1))) throw new Error('taken');
      return userId;
    };
  const refused = async (): Promise<never> => {
    throw new Error('refused');
  };
  const done = (value: unknown) => ({ status: 'fulfilled', value });
  const failed = (message: string | RegExp) => ({ status: 'rejected', reason: { message } });

  void t.test('two who change the same are both right, whoever is thwarted', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    let runs = 0;
    const raise: StoreWork<number> = async (tx) => {
      runs++;
      // Judged by what was read, as rules do.
      const before = await tx.findGroup('g');
      const after = await tx.raiseEpoch('g');
      if (after !== (before?.epoch ?? 0) + 1) throw new Error('judged by what was not so');
      return after;
    };
    const counts = Array.from({ length: 20 }, () => raise);
    const groups = [groupOver(url), groupOver(url)];
    const ends = await Promise.all(
      groups.map(async (group) => {
        const all = [];
        for (const work of counts) all.push(...(await group.carryOut([work, refused])));
        return all;
      }),
    );
    const values = ends.flat().flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const refusals = ends.flat().filter((end) => end.status === 'rejected');
    t.match(
      refusals,
      Array.from(refusals, () => failed(/refused|could not serialize/)),
    );
    t.equal(new Set(values).size, values.length, 'each epoch is given out once');
    t.equal((await facts.findGroup('g'))?.epoch, values.length + 1);
    t.ok(values.length > counts.length, 'more than one alone');
    t.ok(runs >= values.length);
  });

  void t.test('what others are always in the way of is given up', async (t) => {
    const { url, groupOver } = await scene(t);
    let runs = 0;
    const thwarted = async (tx: StoreTransaction): Promise<never> => {
      runs++;
      await tx.addUser('half', 'hash', 1);
      throw Object.assign(new Error('deadlock'), { code: '40P01', severity: 'ERROR' });
    };
    const rests: number[] = [];
    const group = groupOver(url, {
      rest: async (ms) => void rests.push(ms / CONFLICT_PAUSE_MS),
      random: () => 0.5,
    });
    t.match(await group.carryOut([add('ben'), refused, thwarted, add('carl')]), [
      ...[failed('deadlock'), failed('deadlock'), failed('deadlock'), done('carl')],
    ]);
    t.equal(runs, MAX_TRANSACTION_ATTEMPTS);
    t.same(rests, [0.5, 1, 1.5, 2, 2.5], 'each waits for longer, as chance has it');
    t.match(await group.carryOut([add('half'), add('ben')]), [done('half'), done('ben')]);
  });

  void t.test('what was thwarted once is done, with those before it', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    let runs = 0;
    const once = async (tx: StoreTransaction): Promise<string> => {
      await tx.addUser('once', 'hash', 1);
      if (++runs > 1) return 'once';
      throw Object.assign(new Error('no'), { code: '40001', severity: 'ERROR' });
    };
    t.match(await groupOver(url).carryOut([refused, add('ben'), once, refused, add('dora')]), [
      ...[failed('refused'), done('ben'), done('once'), failed('refused'), done('dora')],
    ]);
    for (const user of ['ben', 'once', 'dora']) t.ok(await facts.findPasswordHash(user), user);
  });

  void t.test('a refusal rests on nothing that was over before it was asked for', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const needs =
      (userId: string): StoreWork<string> =>
      async (tx) => {
        if ((await tx.findPasswordHash(userId)) === undefined) throw new Error(`no ${userId}`);
        return `${userId} is there`;
      };
    const needsAway: StoreWork<string> = async (tx) => {
      const reason = await tx.findDisabledReason('anna');
      if (reason === undefined) throw new Error('anna is here');
      return reason;
    };
    async function* works() {
      yield add('dora');
      // Whoever asks next was told so by another tracker, while the transaction is open. It touches no row of the
      // transaction's: a user more would, where both sessions count in the same slot.
      await facts.setDisabled('anna', 'on leave');
      yield needsAway;
      yield needs('nobody');
      yield needs('dora');
      yield needsAway;
    }
    const published: unknown[] = [];
    const shared = groupOver(url, {
      writeOutbox: async () => ({ first: 1, last: 1, count: 1 }),
      onPublished: (one) => published.push(one),
    });
    const isAway = done('on leave');
    t.match(await shared.carryOut(works()), [
      done('dora'),
      isAway,
      failed('no nobody'),
      done('dora is there'),
      isAway,
    ]);
    t.strictSame(published, [], 'nothing was to be told');
  });

  void t.test('a refusal stays when it cannot be judged once more', async (t) => {
    const { url, groupOver } = await scene(t);
    for (const [code, runsAgain] of [
      ['57P01', 1],
      ['40001', MAX_TRANSACTION_ATTEMPTS],
    ] as const) {
      let runs = 0;
      const refusedThenAway = (): Promise<never> => {
        const reason = runs++ === 0 ? 'it is taken' : 'away';
        const away = { code, severity: 'FATAL' };
        return Promise.reject(Object.assign(new Error(reason), reason === 'away' ? away : {}));
      };
      const shared = groupOver(url, {
        writeOutbox: async () => ({ first: 1, last: 1, count: 1 }),
        rest: async () => undefined,
      });
      t.match(await shared.carryOut([add(`ben-${code}`), refusedThenAway]), [
        ...[done(`ben-${code}`), failed('it is taken')],
      ]);
      t.equal(runs, 1 + runsAgain);
    }
  });

  void t.test('a broken rule of the database undoes one alone', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const broken = async (tx: StoreTransaction): Promise<void> => {
      await tx.addUser('half', 'hash', 1);
      await tx.addMember('nowhere', 'half', 'owner', 1);
    };
    t.match(await groupOver(url).carryOut([add('ben'), broken, add('carl')]), [
      ...[done('ben'), failed(/foreign key/), done('carl')],
    ]);
    t.match(await groupOver(url).carryOut([broken, add('dora')]), [
      ...[failed(/foreign key/), done('dora')],
    ]);
    t.equal(await facts.findPasswordHash('half'), undefined);
    for (const user of ['ben', 'carl', 'dora']) t.ok(await facts.findPasswordHash(user), user);
  });

  void t.test('statements that fail together are undone together', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const both = async (tx: StoreTransaction): Promise<void> => {
      await Promise.all([
        tx.addUser('half', 'hash', 1),
        tx.addMember('nowhere', 'anna', 'owner', 1),
        tx.findGroup('g'),
      ]);
    };
    t.match(await groupOver(url).carryOut([add('ben'), both, add('carl')]), [
      ...[done('ben'), failed(/foreign key/), done('carl')],
    ]);
    t.equal(await facts.findPasswordHash('half'), undefined);
  });

  void t.test('a session that is lost before the commit has done nothing', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const cable = await PostgresCable.lay(t, url);
    const group = groupOver(cable.url);
    const cutting: StoreWork<void> = async (tx) => {
      await tx.addUser('carl', 'hash', 1);
      cable.cutAll();
      await tx.findGroup('g');
    };
    t.match(await group.carryOut([add('ben'), refused, cutting, add('dora')]), [
      ...[failed(/gone/), failed(/gone/), failed(/gone/), done('dora')],
    ]);
    t.equal(await facts.findPasswordHash('ben'), undefined);
    t.equal(await facts.findPasswordHash('carl'), undefined);
    t.ok(await facts.findPasswordHash('dora'), 'and the next one is done in a session of its own');
  });

  void t.test('a commit whose answer was lost is known to be done', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const cable = await PostgresCable.lay(t, url);
    const group = groupOver(cable.url);
    await group.carryOut([add('ben')]);
    cable.cutAt('COMMIT', 'behind');
    t.match(await group.carryOut([add('carl'), refused, add('dora')]), [
      ...[done('carl'), failed('refused'), done('dora')],
    ]);
    t.ok(await facts.findPasswordHash('carl'));
  });

  void t.test('a commit that did not get there is known not to be', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const cable = await PostgresCable.lay(t, url);
    const group = groupOver(cable.url);
    await group.carryOut([add('ben')]);
    cable.cutAt('COMMIT', 'before');
    // Who was refused may have been so because of what is not done.
    t.match(await group.carryOut([refused, add('carl'), add('carl')]), [
      ...[failed('refused'), failed(/gone/), failed(/gone/)],
    ]);
    t.equal(await facts.findPasswordHash('carl'), undefined);
    t.match(await group.carryOut([add('carl')]), [done('carl')]);
  });

  void t.test('a number that a crash gave to somebody else says nothing of it', async (t) => {
    const own = await PostgresServer.start(t, { isDurable: true });
    const { url, groupOver } = await scene(t, own);
    const cable = await PostgresCable.lay(t, url);
    let isDown = false;
    const pause = async (): Promise<void> => {
      if (isDown) return;
      isDown = true;
      await own.crash();
      await own.startAgain();
      for (const name of ['one', 'two', 'three']) {
        await own.query(new URL(url).pathname.slice(1), `CREATE TABLE ${name} (id INTEGER)`);
      }
      cable.mend();
    };
    const group = groupOver(cable.url, { pause });
    await group.carryOut([add('ben')]);
    cable.cutAt('COMMIT', 'before', { forLong: true });
    t.match(await group.carryOut([add('carl')]), [failed(/gone/)]);
    t.ok(isDown);
    t.match(await groupOver(url).carryOut([async (tx) => tx.findPasswordHash('carl')]), [
      done(undefined),
    ]);
  });

  void t.test('what goes out behind a transaction that did not begin is not done', async (t) => {
    const { url, groupOver, facts } = await scene(t);
    const cable = await PostgresCable.lay(t, url);
    const group = groupOver(cable.url);
    await group.carryOut([add('ben')]);
    const nothing = async () => 'nothing';
    for (const works of [
      [add('carl')],
      [add('carl'), refused, add('dora')],
      [refused, add('emil')],
      [nothing],
    ]) {
      // As an operator cancels a statement: the session goes on.
      cable.swapOnce(BEGIN, "DO $$BEGIN RAISE SQLSTATE '57014';END$$");
      const ends = await group.carryOut(works);
      t.match(ends[0], { status: 'rejected', reason: { code: '57014' } });
      t.equal(await facts.findPasswordHash('carl'), undefined);
    }
    for (const user of ['dora', 'emil']) t.ok(await facts.findPasswordHash(user), 'behind it');
    t.match(await group.carryOut([add('carl')]), [done('carl')]);
  });

  void t.test(
    'one row tells of the last commit, and nothing that changes nothing does',
    async (t) => {
      const { url, groupOver, facts } = await scene(t);
      const marks = () =>
        server.query(new URL(url).pathname.slice(1), 'SELECT * FROM commit_marks');
      const group = groupOver(url);
      t.match(await group.carryOut([(tx) => tx.findGroup('g')]), [done({ groupId: 'g' })]);
      t.same(await marks(), []);
      await group.carryOut([add('ben')]);
      const [first] = await marks();
      await group.carryOut([add('carl'), refused]);
      const after = await marks();
      t.equal(after.length, 1);
      t.notSame(after, [first]);
      t.ok(await facts.findPasswordHash('carl'));
    },
  );
}
