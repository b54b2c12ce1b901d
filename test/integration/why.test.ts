/** What `why` says of what is not downloaded. */
import t from 'tap';
import { MiB } from '../../src/net/limits.js';
import { untilWhy, why } from '../fixtures/asked-why.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(4 * MiB);

t.test('of what is not downloaded', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await t.rejects(why(ben, 'film'), { code: 'NO_SUCH_FILE' });
  await ann.share('film', content);
  await ben.listed('film', { sources: 1 });
  t.match(await why(ben, 'film'), { cause: 'not-begun', sources: 1 });
  await ann.close();
  await ben.listed('film', { sources: 0 });
  t.match(await why(ben, 'film'), { cause: 'no-holder', sharer: 'ann' });
  await swarm.stopTracker();
  t.match(await untilWhy(ben, 'film', 'tracker-away'), { tracker: /^127\.0\.0\.1:\d+$/ });
  await swarm.restartTracker();
  await untilWhy(ben, 'film', 'no-holder');
  await t.rejects(ben.download('film', { timeoutMs: 200 }), { code: 'TIMEOUT' });
  t.match(await why(ben, 'film'), { cause: 'failed', message: /has it|delivered/ });
  await ben.engine.logout();
  await t.rejects(why(ben, 'film'), { code: 'NOT_LOGGED_IN' });
});
