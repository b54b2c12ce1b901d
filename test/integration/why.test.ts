/** What `why` says of what is not downloaded, and of what is shared from here. */
import { appendFile, rm, utimes } from 'node:fs/promises';
import t from 'tap';
import { MiB } from '../../src/net/limits.js';
import { untilWhy, why } from '../fixtures/asked-why.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

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

t.test('of what is shared from here', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ann.share('film', content);
  t.match(await why(ann, 'film'), { cause: 'shared', share: { state: 'served' } });
  await ben.download('film');
  await utimes(ann.path('film'), 1, 1);
  t.match(await why(ann, 'film'), { cause: 'shared', share: { state: /checking|served/ } });
  await appendFile(ann.path('film'), 'more');
  t.match(await untilShare(ann, 'changed'), { state: 'changed' });
  await ann.engine.upload(
    { path: ann.path('film'), groupId: GROUP, sha256: false, replace: true },
    () => undefined,
  );
  t.match(await untilShare(ben, 'older'), { state: 'older' });
  await rm(ann.path('film'));
  t.match(await untilShare(ann, 'missing'), { state: 'missing' });
});

/** Asks again until the file is shared so. */
async function untilShare(client: SwarmClient, state: string) {
  for (;;) {
    const now = await why(client, 'film');
    if (now.cause === 'shared' && now.share.state === state) return now.share;
  }
}
