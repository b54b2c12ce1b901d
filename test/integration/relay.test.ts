/** Two clients of which neither can dial the other, and a tracker that relays between them. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { beginsRelay } from '../../src/net/relay/relay-opening.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { createDialBack } from '../../src/tracker/reach/dial-back.js';
import { RecordingProxy } from '../fixtures/recording-proxy.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const CANARY = 'nobody but the two may read this line of the file; ';
const content = Buffer.alloc(2_000 * KiB, CANARY);

/** A swarm whose tracker finds nobody, and relays. */
async function walledSwarm(t: Parameters<typeof startSwarm>[0], relayBytesPerSecond: number) {
  const walls = { stand: true };
  const dialBack = createDialBack('tls');
  const swarm = await startSwarm(t, {
    relayBytesPerSecond,
    dialBack: async (address: PeerAddress, signal) => {
      if (walls.stand) throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      return dialBack(address, signal);
    },
  });
  const proxy = await RecordingProxy.start(swarm.address, (first) => beginsRelay(first[0]));
  swarm.closeLater(proxy);
  return { swarm, proxy, walls };
}

t.test('the relay passes everything on, and can read nothing of it', async (t) => {
  const { swarm, proxy } = await walledSwarm(t, 1_000 * MiB);
  const tracker = proxy.address;
  const ann = await swarm.client('ann', { tracker });
  await ann.share('film', content);
  const bob = await swarm.client('bob', { tracker });
  t.match(await bob.download('film'), { peers: [{ userId: 'ann', way: 'relayed' }] });
  t.same(await bob.read('film'), content);
  t.match(ann.engine.takers(), [{ userId: 'bob', way: 'relayed', fileName: 'film' }]);
  const passed = proxy.bytes;
  t.ok(passed.length > content.length, 'all of it has passed');
  t.notOk(passed.includes(CANARY.slice(0, 16)), 'and none of it in the clear');
});

t.test('a relayed transfer outlives the loss of its connection', async (t) => {
  const { swarm, proxy } = await walledSwarm(t, 2 * MiB);
  const tracker = proxy.address;
  const bytes = sampleBytes(4 * MiB);
  const ann = await swarm.client('ann', { tracker });
  await ann.share('film', bytes);
  const bob = await swarm.client('bob', { tracker });
  const id = await bob.start('film');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  proxy.breakKept();
  const { fetched } = await bob.finish(id);
  t.ok(fetched >= bytes.length);
  t.same(await bob.read('film'), bytes);
});
