/** What the operator's word means at peers: whoever is disabled is served by nobody, and serves nobody. */
import t from 'tap';
import { AdminLink } from '../../src/main/tracker-admin/admin-link.js';
import { KiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const film = sampleBytes(12 * 256 * KiB);

async function asOperator<T>(swarm: TestSwarm, work: (link: AdminLink) => Promise<T>): Promise<T> {
  const link = await AdminLink.open(swarm.trackerFolder, new AbortController().signal);
  try {
    return await work(link);
  } finally {
    link.close();
  }
}

const disable = (swarm: TestSwarm, userId: string) =>
  asOperator(swarm, (link) => link.call('disableUser', { userId, reason: 'too loud' }));
const enable = (swarm: TestSwarm, userId: string) =>
  asOperator(swarm, (link) => link.call('enableUser', { userId }));

t.test('a download of a disabled user ends, those of others go on', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * 1024 * KiB });
  await ann.share('film.mkv', film);
  const [bob, cid] = [await swarm.client('bob'), await swarm.client('cid')];
  const [bobs, cids] = [await bob.start('film.mkv'), await cid.start('film.mkv')];
  for (const [client, id] of [
    [bob, bobs],
    [cid, cids],
  ] as const) {
    await client.whenProgress(id, ({ fetched }) => fetched > 0);
  }
  const told = cid.whenLogged(/^the session has ended: .* disabled the account cid: too loud$/);
  t.same(await disable(swarm, 'cid'), { groups: 1 });
  await told;
  await bob.finish(bobs);
  t.ok((await bob.read('film.mkv')).equals(film));
  t.match(await cid.engine.status(), { sharedFiles: 0 });
  await t.rejects(cid.logIn(), { code: 'ACCOUNT_DISABLED' });
  await enable(swarm, 'cid');
  await cid.logIn();
  await cid.download('film.mkv');
  t.ok((await cid.read('film.mkv')).equals(film));
});

t.test('who has learned of it after a restart of the tracker refuses as well', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('film.mkv', film);
  const cid = await swarm.client('cid');
  await cid.share('clip', film.subarray(0, 1000));
  const back = ann.whenLogged(/connected again/);
  const lost = cid.whenLogged(/^the session has ended: /);
  await disable(swarm, 'cid');
  await lost;
  await swarm.restartTracker();
  await back;
  await t.rejects(cid.logIn(), { code: 'ACCOUNT_DISABLED' });
  t.equal(await ann.sources('clip'), 0, 'nobody is told of what cid had');
  await enable(swarm, 'cid');
  await cid.logIn();
  await ann.download('clip');
  t.ok((await ann.read('clip')).equals(film.subarray(0, 1000)));
  t.match(await ann.engine.listMembers(GROUP), [{ userId: 'ann' }, { userId: 'cid' }]);
});
