/** Limits that are set while real peers transfer: what is held back goes on when they are taken away. */
import t from 'tap';
import { MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(2 * MiB);
const group = { kind: 'group', groupId: GROUP } as const;
const all = { kind: 'all' } as const;

for (const [side, scope, limits] of [
  ['sender', all, { up: 1 }],
  ['sender', group, { up: 1 }],
  ['receiver', all, { down: 1 }],
  ['receiver', group, { down: 1 }],
] as const) {
  t.test(`the ${side} is held to ${scope.kind}, until that is taken away`, async (t) => {
    const swarm = await startSwarm(t);
    const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
    await ann.share('film', content);
    const { engine } = side === 'sender' ? ann : bob;
    await engine.changeLimit({ scope, ...limits });
    t.match(await engine.limits(), { rules: [{ scope, ...limits }] });
    const id = await bob.start('film');
    await bob.whenProgress(id, ({ peers }) => peers.some(({ state }) => state === 'active'));
    t.match(await bob.engine.downloads(), [{ state: 'downloading', verified: 0 }]);
    await engine.changeLimit({ scope, isCleared: true });
    await bob.finish(id);
    t.ok((await bob.read('film')).equals(content));
  });
}
