/** What a look for what decides about a share rests on, of which others are kept from changing it. */
import t from 'tap';
import type { StoredShare } from '../../../../src/tracker/store/stored.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { openTransactionScene } from './transaction-scene.js';

const missing = noPostgres();
if (missing !== undefined) t.plan(0, missing);
else {
  void t.test('what is shared already rests on no figure that others change', async (t) => {
    const server = await PostgresServer.start(t);
    const { facts, beside } = await openTransactionScene(t, server);
    const share: StoredShare = { groupId: 'g', name: 'cat', userId: 'anna', deviceId: 'pc' };
    await facts.addMember('g', 'anna', 'owner', 1);
    await facts.addDescription('id of cat', { size: 5 }, new Uint8Array(3), 'anna');
    await facts.addFile({ groupId: 'g', name: 'cat', fileId: 'id of cat', size: 5 }, 1);
    await facts.addShare(share, 1);
    const restsOn = async (fileId: string, of = share) => {
      await beside.run('BEGIN ISOLATION LEVEL SERIALIZABLE');
      await facts.findSharing(of, fileId);
      const { rows } = await beside.query<{ name: string }>(
        "SELECT DISTINCT relation::regclass::text AS name FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()",
      );
      await beside.run('ROLLBACK');
      return rows.map(({ name }) => name);
    };
    const figures = (names: readonly string[]) =>
      ['members', 'totals', 'users'].filter((table) =>
        names.some((name) => name.startsWith(table)),
      );
    t.same(figures(await restsOn('id of cat')), []);
    const all = ['members', 'totals', 'users'];
    t.same(figures(await restsOn('id of dog')), all, 'other content under the name');
    t.same(figures(await restsOn('id of cat', { ...share, deviceId: 'laptop' })), all);
  });
}
