/** Sharers whom nobody can dial: whoever wants their files calls them, and they come. */
import t from 'tap';
import { KiB } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { createDialBack } from '../../src/tracker/reach/dial-back.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(3_000 * KiB);

/** A swarm whose tracker finds nobody at the ports in `walled`. */
async function walledSwarm(t: Parameters<typeof startSwarm>[0]): Promise<{
  swarm: TestSwarm;
  walled: Set<number>;
}> {
  const walled = new Set<number>();
  const dialBack = createDialBack('tls');
  const swarm = await startSwarm(t, {
    dialBack: async (address: PeerAddress, signal) => {
      if (walled.has(address.port)) throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      return dialBack(address, signal);
    },
  });
  return { swarm, walled };
}

/** A port that the tracker finds nobody at. */
const WALLED_PORT = 40_000 + (process.pid % 20_000);

t.test('a sharer that nobody can dial is called by who can be dialled', async (t) => {
  const { swarm, walled } = await walledSwarm(t);
  walled.add(WALLED_PORT);
  const ann = await swarm.client('ann', { port: WALLED_PORT });
  await ann.share('film', content);
  const bob = await swarm.client('bob');
  const { peers, fetched } = await bob.download('film');
  t.equal(fetched, content.length);
  t.match(peers, [{ userId: 'ann', way: 'called' }]);
  t.same(await bob.read('film'), content);
  t.match(ann.engine.takers(), [{ userId: 'bob', way: 'called', fileName: 'film' }]);
});

t.test('one that listens only because of that is found and called as well', async (t) => {
  const { swarm, walled } = await walledSwarm(t);
  walled.add(WALLED_PORT);
  const ann = await swarm.client('ann', { port: WALLED_PORT });
  await ann.share('film', content);
  const bob = await swarm.client('bob', { isServing: false });
  t.match(await bob.download('film'), { peers: [{ userId: 'ann', way: 'called' }] });
});

t.test('when neither can be dialled the download waits, and says why', async (t) => {
  const { swarm, walled } = await walledSwarm(t);
  walled.add(WALLED_PORT).add(WALLED_PORT + 1);
  const ann = await swarm.client('ann', { port: WALLED_PORT });
  await ann.share('film', content);
  const bob = await swarm.client('bob', { port: WALLED_PORT + 1 });
  const id = await bob.start('film');
  const seen = await bob.whenProgress(id, ({ peers }) => peers[0]?.reason !== undefined);
  t.match(seen.peers, [{ userId: 'ann', bytes: 0 }]);
  await bob.engine.cancelDownload(id);
});

t.test('several downloads from who must be called go on side by side', async (t) => {
  const { swarm, walled } = await walledSwarm(t);
  walled.add(WALLED_PORT);
  const ann = await swarm.client('ann', { port: WALLED_PORT, up: 4_000 * KiB });
  for (const name of ['one', 'two', 'three']) {
    await ann.share(name, Buffer.concat([Buffer.from(name), content]));
  }
  const bob = await swarm.client('bob');
  const ids = [];
  for (const name of ['one', 'two', 'three']) ids.push(await bob.start(name));
  const isUnderWay = ({ verified }: { verified: number }): boolean => verified > 0;
  await Promise.all(ids.map((id) => bob.whenProgress(id, isUnderWay)));
  t.pass('all have begun before one has ended');
  for (const id of ids) t.match(await bob.finish(id), { peers: [{ way: 'called' }] });
});
