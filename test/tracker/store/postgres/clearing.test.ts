/** Trackers on one database that remove what was left behind: one is at each, and whoever goes leaves it to the others. */
import t from 'tap';
import { bindStatements } from '../../../../src/tracker/store/postgres/statements.js';
import { BEGIN } from '../../../../src/tracker/store/postgres/work-session.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  void t.test('of several trackers one is at each of what was left behind', async (t) => {
    const server = await PostgresServer.start(t);
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
}
