/** What `why` says of what is downloaded and nobody shares any more, though its name may be there. */
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { untilWhy } from '../fixtures/asked-why.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** Ben is in the middle of a film that only ann has. */
async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 128 * KiB });
  const ben = await swarm.client('ben');
  await ann.share('film', sampleBytes(4 * MiB));
  const id = await ben.start('film');
  ben.finish(id).catch(() => undefined);
  await ben.whenProgress(id, ({ verified }) => verified > 0);
  return { ann, ben };
}

t.test('the share was ended, and the group has no such file', async (t) => {
  const { ann, ben } = await scene(t);
  await ann.engine.stopShare(GROUP, 'film');
  t.same(await untilWhy(ben, 'film', 'no-holder'), { cause: 'no-holder', sharer: undefined });
});

t.test('a newer version took the name, and its holders have nothing of this one', async (t) => {
  const { ann, ben } = await scene(t);
  await ann.share('film', sampleBytes(4 * MiB, 'newer'), { replace: true });
  await ben.listed('film', { sources: 1 });
  t.same(await untilWhy(ben, 'film', 'no-holder'), { cause: 'no-holder', sharer: undefined });
});
