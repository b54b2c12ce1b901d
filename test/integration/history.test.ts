/** Histories of groups with real clients and a real tracker, whose database somebody changes. */
import { join } from 'node:path';
import t from 'tap';
import { lockHome } from '../../src/main/home/home-lock.js';
import { openHome } from '../../src/main/home/home.js';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { P2pError } from '../../src/net/errors.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** Runs SQL over the tracker's database while it is stopped, and waits for the clients to be back. */
async function whileStopped(
  swarm: TestSwarm,
  clients: readonly SwarmClient[],
  sql: string,
): Promise<void> {
  await swarm.stopTracker();
  const database = await openEmbeddedDatabase(join(swarm.trackerFolder, 'tracker.db'));
  database.exec(sql);
  database.close();
  await swarm.restartTracker();
  for (const client of clients) await isBack(client);
}

/** After many restarts a client dials less often than a call has patience. */
async function isBack({ engine }: SwarmClient): Promise<void> {
  for (;;) {
    try {
      await engine.listGroups();
      return;
    } catch (error) {
      if (!(error instanceof P2pError) || error.code !== 'CONNECTION_LOST') throw error;
    }
  }
}

void t.test('what is changed behind the back of the members is found', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a', sampleBytes(10));
  await ann.share('b', sampleBytes(11));
  const bob = await swarm.client('bob');
  const all = [ann, bob];
  const entries = await ann.engine.history(GROUP);
  t.same(await bob.engine.history(GROUP), entries);
  const { length: count } = entries;
  const whole = { state: 'whole', head: { count } } as const;
  t.match(await ann.engine.verifyHistory(GROUP), { ...whole, since: 'new' });
  t.match(await ann.engine.verifyHistory(GROUP), { ...whole, since: 'continued' });

  // Who changes an entry alone is found by anybody.
  const [{ actor, atMs }] = entries as [(typeof entries)[0]];
  const broken = { state: 'broken', seq: 1 };
  await whileStopped(swarm, all, `UPDATE history SET at_ms = at_ms + 1 WHERE seq = 1`);
  t.match(await bob.engine.verifyHistory(GROUP), { ...broken, flaw: 'altered' });
  await whileStopped(swarm, all, `UPDATE history SET at_ms = ${atMs}, actor = 'bob' WHERE seq = 1`);
  t.match(await bob.engine.verifyHistory(GROUP), { ...broken, flaw: 'altered' });
  await whileStopped(swarm, all, `UPDATE history SET actor = '${actor}' WHERE seq = 1`);
  t.match(await bob.engine.verifyHistory(GROUP), { ...whole, since: 'new' });

  // What is no entry any more is told as such, and named.
  for (const change of [
    `subjects = 'no list'`,
    `subjects = '[1]'`,
    `subjects = '["${'x'.repeat(300)}"]'`,
    `action = 'a' || char(27)`,
    `actor = '${'y'.repeat(300)}'`,
    'at_ms = -1',
    'at_ms = 9223372036854775807',
    `hash = x'00'`,
  ]) {
    await whileStopped(
      swarm,
      all,
      `CREATE TABLE kept AS SELECT * FROM history;
      UPDATE history SET ${change} WHERE seq = 1`,
    );
    t.match((await bob.engine.history(GROUP))[0], { seq: 1, action: 'unreadable' }, change);
    t.match(await bob.engine.verifyHistory(GROUP), { ...broken, flaw: 'altered' }, change);
    await whileStopped(swarm, all, 'REPLACE INTO history SELECT * FROM kept; DROP TABLE kept');
  }
  t.match(await bob.engine.verifyHistory(GROUP), { ...whole, since: 'continued' });

  // Who cuts it off, and moves its head, is found by those who had verified more.
  const cut = `DELETE FROM history WHERE seq = ${count};
    UPDATE histories SET count = count - 1,
      hash = (SELECT hash FROM history WHERE seq = ${count - 1})`;
  await whileStopped(swarm, all, cut);
  const truncated = { state: 'broken', flaw: 'truncated', seq: count, earlier: { count } };
  t.match(await ann.engine.verifyHistory(GROUP), truncated);
  // Also when it has grown again meanwhile.
  await ann.share('c', sampleBytes(12));
  t.match(await ann.engine.verifyHistory(GROUP), { state: 'broken', flaw: 'rewritten' });
});

void t.test('nobody verifies beside another process of the home', async (t) => {
  const swarm = await startSwarm(t);
  await swarm.client('ann');
  const bob = await swarm.client('bob', { isServing: false });
  const home = await openHome({ P2P_HOME: join(bob.folder, 'home') });
  const lock = await lockHome(home, 0);
  await t.rejects(bob.engine.verifyHistory(GROUP), { code: 'HOME_IN_USE' });
  lock.release();
  t.match(await bob.engine.verifyHistory(GROUP), { since: 'new' });
});

void t.test('it goes on over a restart, and begins anew with a group of the name', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  t.match(await ann.engine.verifyHistory(GROUP), { since: 'new' });
  await swarm.stopTracker();
  await swarm.restartTracker();
  await ann.share('a', sampleBytes(10));
  t.match(await ann.engine.verifyHistory(GROUP), { since: 'continued' });
  for (const name of ['leaveGroup', 'createGroup'] as const) await ann.engine[name](GROUP);
  t.match(await ann.engine.verifyHistory(GROUP), { since: 'other-group', head: { count: 1 } });
  t.match(await ann.engine.verifyHistory(GROUP), { since: 'continued' });
  const eve = await swarm.client('eve', { group: 'other' });
  await t.rejects(eve.engine.verifyHistory(GROUP), { code: 'NOT_A_MEMBER' });
});
