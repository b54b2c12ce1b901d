/** What `why` says of what comes slowly, was stopped, or waits. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { untilWhy, why } from '../fixtures/asked-why.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(4 * MiB);

t.test('of what comes, and is held back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: MiB });
  const ben = await swarm.client('ben', { down: 128 * KiB });
  await ann.share('film', content);
  const id = await ben.start('film');
  ben.finish(id).catch(() => undefined);
  t.match(await untilWhy(ben, 'film', 'own-limit'), { bytesPerSecond: 128 * KiB });
  await ben.whenProgress(id, ({ kept }) => kept > 0);
  await ben.engine.pauseDownloads({ id });
  t.match(await why(ben, 'film'), { cause: 'paused' });
  const all = { scope: { kind: 'all' } } as const;
  await ben.engine.changeLimit({ ...all, down: 'none' });
  await ann.engine.changeLimit({ ...all, up: 128 * KiB });
  await ben.engine.resumeDownloads({ id, timeoutMs: 0 });
  const ended = ben.finish(id).catch(() => undefined);
  await untilWhy(ben, 'film', 'peers');
  await ben.engine.cancelDownloads({ id, keepsPart: true });
  await ended;
  const stopped = await why(ben, 'film');
  t.ok(stopped.cause === 'stopped' && stopped.kept > 0);
  await ann.engine.changeLimit({ ...all, up: 'none' });
  await ben.download('film');
  t.match(await why(ben, 'film'), { cause: 'complete', path: ben.path('film') });
});

t.test('of several that share a limit, each says that it is held by that', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ben.engine.changeLimit({ scope: { kind: 'group', groupId: GROUP }, down: 128 * KiB });
  const names = ['film 0', 'film 1', 'film 2'];
  for (const name of names) await ann.share(name, sampleBytes(2 * MiB, name));
  for (const name of names) ben.finish(await ben.start(name)).catch(() => undefined);
  for (const name of names) {
    const cause = await untilWhy(ben, name, 'own-limit');
    t.match(cause, { bytesPerSecond: 128 * KiB, scope: { kind: 'group', groupId: GROUP } });
  }
});

t.test('of what waits for its turn', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 64 * KiB });
  const ben = await swarm.client('ben');
  const names = Array.from({ length: 18 }, (_, index) => `film ${index}`);
  for (const name of names) await ann.share(name, sampleBytes(2 * MiB, name));
  const ids: string[] = [];
  for (const name of names) ids.push(await ben.start(name));
  for (const id of ids) ben.finish(id).catch(() => undefined);
  const last = names.at(-1)!;
  t.ok(((await untilWhy(ben, last, 'in-line')) as { place: number }).place > 1);
});
