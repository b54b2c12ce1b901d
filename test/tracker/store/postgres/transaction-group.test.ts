/** Transactions of PostgreSQL that others thwart, that fail, and whose session is lost while they are committed. */
import t, { type Test } from 'tap';
import { MAX_TRANSACTION_ATTEMPTS } from '../../../../src/net/limits.js';
import { CommitFate } from '../../../../src/tracker/store/postgres/commit-fate.js';
import { Connection } from '../../../../src/tracker/store/postgres/connection.js';
import { migrate } from '../../../../src/tracker/store/postgres/migrations.js';
import { bindStatements } from '../../../../src/tracker/store/postgres/statements.js';
import { TransactionGroup } from '../../../../src/tracker/store/postgres/transaction-group.js';
import type { StoreTransaction, StoreWork } from '../../../../src/tracker/store/store.js';
import { INCARNATION } from '../../../fixtures/incarnations.js';
import { PostgresCable } from '../../../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await PostgresServer.start(t);

  /** A database with a group in it, and how to get at it in sessions of one's own. */
  const scene = async (t: Test) => {
    const url = await server.createDatabase();
    const open = async (at = url) => {
      const connection = await Connection.open(at);
      t.teardown(() => connection.close());
      return connection;
    };
    const first = await open();
    await migrate(first);
    const groupOver = (address: string) => {
      let present: Connection | undefined;
      const session = async () => {
        if (present?.isOpen !== true) present = await open(address);
        return { connection: present, statements: bindStatements(present) };
      };
      return new TransactionGroup({ session, fate: new CommitFate({ session }) });
    };
    const facts = bindStatements(first);
    await facts.addUser('anna', 'hash', 1);
    await facts.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1);
    return { url, groupOver, facts };
  };

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
    const group = groupOver(url);
    t.match(await group.carryOut([add('ben'), refused, thwarted, add('carl')]), [
      failed('deadlock'),
      failed('refused'),
      failed('deadlock'),
      done('carl'),
    ]);
    t.equal(runs, MAX_TRANSACTION_ATTEMPTS);
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
      ...[failed(/gone/), failed('refused'), failed(/gone/), done('dora')],
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
    t.match(await group.carryOut([add('carl'), refused]), [failed(/gone/), failed('refused')]);
    t.equal(await facts.findPasswordHash('carl'), undefined);
    t.match(await group.carryOut([add('carl')]), [done('carl')]);
  });
}
