import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(8 * 256 * KiB);

t.test('downloads go on without the tracker, and all comes back with it', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * MiB });
  const bob = await swarm.client('bob');
  await ann.share('film.mkv', content);
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ fetched }) => fetched > 0);
  await swarm.stopTracker();
  await bob.whenProgress(id, ({ verified }) => verified > content.length / 2);
  t.match(await bob.engine.status(), { isTrackerConnected: false });

  const back = [ann, bob].map((client) => client.whenLogged(/connected again/));
  await swarm.restartTracker();
  await Promise.all(back);
  await bob.finish(id);
  t.ok((await bob.read('film.mkv')).equals(content));
  t.equal(await ann.sources('film.mkv'), 2, 'both are announced at the new tracker');

  const cid = await swarm.client('cid');
  const { peers } = await cid.download('film.mkv');
  t.same(peers.map(({ userId }) => userId).sort(), ['ann', 'bob']);
});

t.test('a download that found nobody finds them when the tracker is back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await ann.share('film.mkv', content);
  await ann.engine.logout();
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ state }) => state === 'downloading');
  const back = bob.whenLogged(/connected again/);
  await swarm.restartTracker();
  await back;
  await ann.logIn();
  await bob.finish(id);
  t.ok((await bob.read('film.mkv')).equals(content));
});

t.test('a client that resumed its login asks over each new connection', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('one', content);
  await ann.share('two', content);
  const first = await swarm.client('bob', { remembers: true });
  await first.engine.close();
  const bob = await swarm.openClient('bob', { remembers: true });
  await bob.download('one');
  const back = [ann, bob].map((client) => client.whenLogged(/connected again/));
  await swarm.restartTracker();
  await Promise.all(back);
  await bob.download('two');
  t.ok((await bob.read('two')).equals(content));
});

t.test('a member who was removed meanwhile learns it when the tracker is back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await ann.share('film.mkv', content);
  await bob.share('bobs.txt', content.subarray(0, 1000));
  await ann.engine.stopShare(GROUP, 'film.mkv');
  const [fromAnn] = [await ann.share('film.mkv', content)];
  t.match(fromAnn, { outcome: 'created' });
  await bob.engine.logout();
  await ann.engine.kick(GROUP, 'bob');
  const { restored, skipped } = await bob.logIn();
  t.equal(restored, 0);
  t.match(skipped, [{ name: 'bobs.txt' }]);
  t.match(await bob.engine.status(), { sharedFiles: 0 });
  t.match(await bob.logIn(), { restored: 0, skipped: [] }, 'and is not told twice');
});
