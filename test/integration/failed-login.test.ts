/** A login that fails changes nothing of the one that stands. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(8 * 256 * KiB);

t.test('a mistyped password while serving and downloading', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * MiB });
  const bob = await swarm.client('bob');
  await ann.share('film.mkv', content);
  await bob.share('bobs.txt', content.subarray(0, 1_000));
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ fetched }) => fetched > 0);
  for (const [userId, password] of [
    ['bob', 'typo'],
    ['ann', 'typo'],
    ['nobody', 'typo'],
  ] as const) {
    const login = bob.engine.login({ tracker: swarm.address, userId, password });
    await t.rejects(login, { code: 'WRONG_PASSWORD' });
  }
  const unreachable = { host: '127.0.0.1', port: 1 };
  const elsewhere = bob.engine.login({ tracker: unreachable, userId: 'bob', password: 'typo' });
  await t.rejects(elsewhere, { code: 'TRACKER_UNREACHABLE' });

  t.match(await bob.engine.status(), { userId: 'bob', isTrackerConnected: true });
  t.equal(await ann.sources('bobs.txt'), 1, 'what bob shares is served all the while');
  await bob.finish(id);
  t.ok((await bob.read('film.mkv')).equals(content));
});

t.test('another account takes the place of the first, once it is let in', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await bob.share('bobs.txt', content.subarray(0, 1_000));
  const cid = await swarm.openClient('cid');
  await cid.signUp();
  await bob.logIn('cid');
  t.match(await bob.engine.status(), { userId: 'cid' });
  t.equal(await ann.sources('bobs.txt'), 0);
  await bob.logIn();
  t.equal(await ann.sources('bobs.txt'), 1, 'shared again');
});
