/** What `why` says of what is shared from here. */
import { appendFile, rm, utimes } from 'node:fs/promises';
import t from 'tap';
import { MiB } from '../../src/net/limits.js';
import { why } from '../fixtures/asked-why.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(4 * MiB);

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
