/** Downloads that are paused and go on, with real peers, over a restart of the client. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const film = { groupId: GROUP, fileName: 'film' };
const content = sampleBytes(4 * MiB);
const none = { code: 'NO_SUCH_DOWNLOAD' };

t.test('a paused download goes on when it is resumed, with what it had', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('film', content);
  const id = await bob.start('film');
  const ended = t.rejects(bob.finish(id), { code: 'PAUSED' });
  await bob.whenProgress(id, ({ kept }) => kept > 0);
  const [held] = await bob.engine.pauseDownloads(film);
  await ended;
  t.match(held, { ...film, id, path: bob.path('film'), size: content.length });
  t.ok(held!.kept > 0);
  t.match(await bob.engine.downloads(), [{ id, state: 'paused', kept: held!.kept }]);
  await t.rejects(bob.engine.pauseDownloads(film), none, 'it does not run');
  await t.rejects(bob.engine.pauseDownloads({ id: 'ffffffff' }), none);
  const resumed = await bob.engine.resumeDownloads({ groupId: GROUP, timeoutMs: 0 });
  t.match(resumed, [{ id, kept: held!.kept }]);
  await t.rejects(bob.engine.resumeDownloads({ id, timeoutMs: 0 }), none, 'it runs already');
  const { fetched } = await bob.finish(id);
  t.ok(fetched <= content.length - held!.kept, 'nothing kept is fetched again');
  t.ok((await bob.read('film')).equals(content));
  await t.rejects(bob.engine.resumeDownloads({ id, timeoutMs: 0 }), none, 'it is complete');
});

t.test('a login goes on with what was interrupted, and not with what is paused', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('film', content);
  await ann.share('song', content);
  const [one, other] = [await bob.start('film'), await bob.start('song')];
  const stopped = t.rejects(bob.finish(other), { code: 'TERMINATED' });
  const paused = t.rejects(bob.finish(one), { code: 'PAUSED' });
  await bob.engine.pauseDownloads({ id: one });
  await paused;
  await bob.close();
  await stopped;
  const again = await swarm.openClient('bob');
  const ended = new Promise<void>((resolve) => {
    again.engine.events(({ type }) => type === 'download-ended' && resolve());
  });
  await again.logIn();
  await again.serve();
  await ended;
  t.match(await again.engine.downloads(), [
    { id: one, state: 'paused' },
    { id: other, state: 'complete' },
  ]);
  t.match(await again.engine.resumeDownloads({ groupId: GROUP, timeoutMs: 0 }), [{ id: one }]);
  await again.finish(one);
  t.ok((await again.read('film')).equals(content));
});

t.test('what waits in line is paused without ever having begun', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 64 * KiB });
  const bob = await swarm.client('bob');
  const names = Array.from({ length: 24 }, (_, index) => `film ${index}`);
  for (const name of names) await ann.share(name, sampleBytes(2 * MiB, name));
  const ids: string[] = [];
  for (const name of names) ids.push(await bob.start(name));
  const { runningDownloads, idleDownloads } = await bob.engine.status();
  t.equal(runningDownloads + idleDownloads!.queued, names.length, 'each is counted once');
  t.ok(idleDownloads!.queued > 0);
  const ends = ids.map((id) => t.rejects(bob.finish(id), { code: 'PAUSED' }));
  const held = await bob.engine.pauseDownloads({ groupId: GROUP });
  await Promise.all(ends);
  t.same(new Set(held.map(({ id }) => id)), new Set(ids));
  t.match(await bob.engine.status(), { runningDownloads: 0 });
});
