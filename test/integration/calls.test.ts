/** Sharers whom nobody can dial: whoever wants their files calls them, and they come. */
import t from 'tap';
import { KiB } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { createDialBack } from '../../src/tracker/reach/dial-back.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(3_000 * KiB);

/** A swarm, and what makes clients in it at which its tracker finds nobody. */
async function walledSwarm(t: Parameters<typeof startSwarm>[0]): Promise<{
  swarm: TestSwarm;
  walledClient: TestSwarm['client'];
}> {
  const walled = new Set<number>();
  let isOneComing = false;
  const dialBack = createDialBack('tls');
  const swarm = await startSwarm(t, {
    dialBack: async (address: PeerAddress, signal) => {
      if (isOneComing || walled.has(address.port))
        throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      return dialBack(address, signal);
    },
  });
  const walledClient: TestSwarm['client'] = async (userId, options) => {
    isOneComing = true;
    const client = await swarm.client(userId, options);
    const { listening } = await client.engine.status();
    walled.add(listening!.port);
    isOneComing = false;
    return client;
  };
  return { swarm, walledClient };
}

t.test('a sharer that nobody can dial is called by who can be dialled', async (t) => {
  const { swarm, walledClient } = await walledSwarm(t);
  const ann = await walledClient('ann');
  await ann.share('film', content);
  const bob = await swarm.client('bob');
  const { peers, fetched } = await bob.download('film');
  t.equal(fetched, content.length);
  t.match(peers, [{ userId: 'ann', way: 'called' }]);
  t.same(await bob.read('film'), content);
  t.match(ann.engine.takers(), [{ userId: 'bob', way: 'called', fileName: 'film' }]);
});

t.test('one that listens only because of that is found and called as well', async (t) => {
  const { swarm, walledClient } = await walledSwarm(t);
  const ann = await walledClient('ann');
  await ann.share('film', content);
  const bob = await swarm.client('bob', { isServing: false });
  t.match(await bob.download('film'), { peers: [{ userId: 'ann', way: 'called' }] });
});

t.test('when neither can be dialled the download waits, and says why', async (t) => {
  const { walledClient } = await walledSwarm(t);
  const ann = await walledClient('ann');
  await ann.share('film', content);
  const bob = await walledClient('bob');
  const id = await bob.start('film');
  const seen = await bob.whenProgress(id, ({ peers }) => peers[0]?.reason !== undefined);
  t.match(seen.peers, [{ userId: 'ann', bytes: 0 }]);
  await bob.engine.cancelDownload(id);
});

t.test('several downloads from who must be called go on side by side', async (t) => {
  const { swarm, walledClient } = await walledSwarm(t);
  const ann = await walledClient('ann', { up: 4_000 * KiB });
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
