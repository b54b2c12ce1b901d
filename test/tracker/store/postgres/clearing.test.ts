/** Trackers on one database that remove what was left behind: one is at each, and whoever goes leaves it to the others. */
import t from 'tap';
import { deferred } from '../../../../src/net/deferred.js';
import { bindStatements } from '../../../../src/tracker/store/postgres/statements.js';
import { BEGIN } from '../../../../src/tracker/store/postgres/work-session.js';
import type { StoreWork } from '../../../../src/tracker/store/store.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await PostgresServer.start(t);

  for (const isShareFirst of [true, false]) {
    const who = isShareFirst ? 'shares in time' : 'comes too late';
    void t.test(`who is put out while they share at another tracker ${who}`, async (t) => {
      const { url, groupOver, facts } = await openTransactionScene(t, server);
      await facts.addUser('ben', 'hash', 1);
      await facts.addMember('g', 'ben', 'member', 1);
      const [begun, ended] = [deferred<void>(), deferred<void>()];
      /** The one transaction waits here until the other has ended; when it is carried out again that is over. */
      const around = async (): Promise<void> => {
        begun.resolve();
        await ended.promise;
      };
      let [shared, kicked] = [0, 0];
      const share: StoreWork<void> = async (tx) => {
        shared++;
        if (!(await tx.findRole('g', 'ben'))) throw new Error('not a member');
        if (!isShareFirst) await around();
        await tx.addDescription('id', { size: 5 }, new Uint8Array(3), 'ben');
        await tx.addFile({ groupId: 'g', name: 'cat', fileId: 'id', size: 5 }, 1);
        await tx.addShare({ groupId: 'g', name: 'cat', userId: 'ben', deviceId: 'pc' }, 1);
      };
      const kick: StoreWork<unknown> = async (tx) => {
        kicked++;
        const removed = await tx.removeSomeSharesOf('g', 'ben');
        if (isShareFirst) await around();
        await tx.removeMember('g', 'ben');
        return removed;
      };
      const [outer, inner] = isShareFirst ? [kick, share] : [share, kick];
      const outerEnds = groupOver(url).carryOut([outer]);
      await begun.promise;
      const innerEnds = await groupOver(url).carryOut([inner]);
      ended.resolve();
      const ends = [...innerEnds, ...(await outerEnds)];
      const removed = (gone: readonly string[]) => ({
        ...{ status: 'fulfilled', value: { gone, isRest: false } },
      });
      const tooLate = { status: 'rejected', reason: { message: 'not a member' } };
      if (isShareFirst) t.match(ends, [{ status: 'fulfilled' }, removed(['id'])]);
      else t.match(ends, [removed([]), tooLate]);
      t.same([shared, kicked], isShareFirst ? [1, 2] : [2, 1], 'who was thwarted judges anew');
      t.equal(await facts.countSharesOf('ben'), 0);
      t.equal(await facts.findRole('g', 'ben'), undefined);
      t.equal(await facts.findFile('g', 'cat'), undefined);
    });
  }

  void t.test('of several trackers one is at each of what was left behind', async (t) => {
    const { facts, open } = await openTransactionScene(t, server);
    const [ben, cleo] = ['ben', 'cleo'].map((userId) => ({ groupId: 'g', userId }));
    await facts.addPendingRemoval(ben!);
    await facts.addPendingRemoval(cleo!);
    const trackerAt = async () => {
      const connection = await open();
      await connection.run(BEGIN);
      return { connection, facts: bindStatements(connection) };
    };
    const [first, second, third] = [await trackerAt(), await trackerAt(), await trackerAt()];
    t.same(await first.facts.takePendingRemoval(), ben);
    t.same(await second.facts.takePendingRemoval(), cleo, 'not the one at which another is');
    t.equal(await third.facts.takePendingRemoval(), undefined, 'and waits for nobody');
    await third.connection.run('ROLLBACK');

    await first.facts.removePendingRemoval(ben!);
    await first.connection.run('COMMIT');
    await second.connection.run('ROLLBACK');
    await third.connection.run(BEGIN);
    t.same(await third.facts.takePendingRemoval(), cleo, 'of a tracker that did not end it');
    await third.facts.removePendingRemoval(cleo!);
    await third.connection.run('COMMIT');
    t.equal(await facts.takePendingRemoval(), undefined);
  });

  void t.test('of several trackers one is at contents', async (t) => {
    const { facts, open } = await openTransactionScene(t, server);
    await facts.addUser('ben', 'hash', 1);
    await facts.addMember('g', 'ben', 'member', 1);
    await facts.addDescription('cat', { size: 5 }, new Uint8Array(3), 'ben');
    await facts.addFile({ groupId: 'g', name: 'cat', fileId: 'cat', size: 5 }, 1);
    await facts.addShare({ groupId: 'g', name: 'cat', userId: 'ben', deviceId: 'pc' }, 1);
    await facts.removeSomeSharesOf('g', 'ben');
    const connection = await open();
    await connection.run(BEGIN);
    t.equal(await bindStatements(connection).dropSomeContents(false), true);
    t.equal(await facts.dropSomeContents(false), false, 'the other waits for nobody');
    await connection.run('ROLLBACK');
    t.match(await facts.findDescription('cat'), { descriptionBytes: 3 });
    t.equal(await facts.dropSomeContents(false), true, 'of a tracker that did not end it');
    t.equal(await facts.findDescription('cat'), undefined);
    t.equal(await facts.dropSomeContents(false), false);
  });

  void t.test('who finds that contents are dropped meanwhile goes on with the rest', async (t) => {
    const { facts, open, url, groupOver } = await openTransactionScene(t, server);
    await facts.addUser('ben', 'hash', 1);
    await facts.addMember('g', 'ben', 'member', 1);
    for (const name of ['cat', 'dog']) {
      await facts.addDescription(name, { size: 5 }, new Uint8Array(3), 'ben');
      await facts.addFile({ groupId: 'g', name, fileId: name, size: 5 }, 1);
      await facts.addShare({ groupId: 'g', name, userId: 'ben', deviceId: 'pc' }, 1);
      await facts.removeSomeSharesOf('g', 'ben');
    }
    const connection = await open();
    let runs = 0;
    const second: StoreWork<boolean[]> = async (tx) => {
      // Its view of the database is from before the other one ends.
      await tx.findRole('g', 'ben');
      if (runs++ === 0) {
        await connection.run(BEGIN);
        await bindStatements(connection).dropSomeContents(false);
        await connection.run('COMMIT');
      }
      return [await tx.dropSomeContents(false), await tx.dropSomeContents(false)];
    };
    const ends = await groupOver(url).carryOut([second]);
    t.match(ends, [{ status: 'fulfilled', value: [true, false] }]);
    t.equal(runs, 2);
    for (const name of ['cat', 'dog']) t.equal(await facts.findDescription(name), undefined);
  });
}
