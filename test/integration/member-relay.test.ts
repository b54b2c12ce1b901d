/** Two clients of which neither can dial the other, and a member of their group who relays between them. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { createDialBack } from '../../src/tracker/reach/dial-back.js';
import { HostileRelay } from '../fixtures/hostile-relay.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

/** Two ports of which the system gives none to whoever asks for any. */
const RELAY_PORT = 10_000 + 2 * (process.pid % 10_000);
const content = sampleBytes(2_000 * KiB);

/** A swarm whose tracker finds nobody but who listens on one of these ports. */
async function walledSwarm(
  t: Parameters<typeof startSwarm>[0],
  relayBytesPerSecond?: number,
  ports: number[] = [RELAY_PORT],
) {
  const dialBack = createDialBack('tls');
  return startSwarm(t, {
    ...(relayBytesPerSecond === undefined ? {} : { relayBytesPerSecond }),
    dialBack: async (address: PeerAddress, signal) => {
      if (ports.includes(address.port)) return dialBack(address, signal);
      throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    },
  });
}

t.test('a member relays where the tracker does not, and it is told who', async (t) => {
  const swarm = await walledSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('film', content);
  const carl = await swarm.client('carl', { port: RELAY_PORT, relay: 1_000 * MiB });
  const bob = await swarm.client('bob');
  const { peers } = await bob.download('film');
  t.match(peers, [{ userId: 'ann', way: 'relayed', relayedBy: 'carl' }]);
  t.same(await bob.read('film'), content);
  let { relay } = await carl.engine.status();
  while (relay && relay.bytes < content.length) ({ relay } = await carl.engine.status());
  t.match(relay, { bytesPerSecondLimit: 1_000 * MiB });
});

t.test('nobody relays for those who are not in the group', async (t) => {
  const swarm = await walledSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('film', content);
  const carl = await swarm.client('carl', { group: '', port: RELAY_PORT, relay: 1_000 * MiB });
  const bob = await swarm.client('bob');
  const id = await bob.start('film');
  const { peers } = await bob.whenProgress(id, ({ peers: [peer] }) => peer?.reason !== undefined);
  t.match(peers, [{ reason: /nobody relays between it and this client/ }]);
  t.match(await carl.engine.status(), { relay: { meetings: 0, bytes: 0 } });
  await bob.engine.cancelDownload(id);
});

t.test('when the member who relays goes, another one takes over', async (t) => {
  const ports = [RELAY_PORT, RELAY_PORT + 1];
  const swarm = await walledSwarm(t, undefined, ports);
  const bytes = sampleBytes(8 * MiB);
  const ann = await swarm.client('ann', { up: 2 * MiB });
  await ann.share('film', bytes);
  const carl = await swarm.client('carl', { port: RELAY_PORT, relay: 1_000 * MiB });
  const dora = await swarm.client('dora', { port: RELAY_PORT + 1, relay: 1_000 * MiB });
  const bob = await swarm.client('bob');
  const id = await bob.start('film');
  const { peers } = await bob.whenProgress(id, ({ verified }) => verified > 0);
  const by = peers[0]?.relayedBy;
  const [first, second] = by === 'carl' ? [carl, dora] : [dora, carl];
  await first.engine.close();
  const summary = await bob.finish(id);
  t.match(summary.peers, [{ way: 'relayed', relayedBy: second.name }]);
  t.same(await bob.read('film'), bytes);
});

const CANARY = 'nobody but the two may read this line of the file; ';

/** Ann shares; mallory relays without manners. */
async function openHostile(
  t: Parameters<typeof startSwarm>[0],
  manners: 'keeps' | 'stalls' | 'drops' | 'lies',
) {
  const found = new Set([RELAY_PORT]);
  const dialBack = createDialBack('tls');
  const isWalled = (port: number): boolean => isWallUp && !found.has(port);
  let isWallUp = true;
  const swarm = await startSwarm(t, {
    dialBack: async (address: PeerAddress, signal) => {
      if (!isWalled(address.port)) return dialBack(address, signal);
      throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    },
  });
  const ann = await swarm.client('ann');
  await ann.share('film', Buffer.alloc(2_000 * KiB, CANARY));
  const mallory = await swarm.member('mallory');
  // Nobody but her goes online meanwhile.
  isWallUp = false;
  const relay = await HostileRelay.start(mallory, manners);
  found.add(relay.port);
  isWallUp = true;
  swarm.closeLater(relay);
  return { swarm, relay };
}

t.test('a member who relays can read nothing of what passes', async (t) => {
  const { swarm, relay } = await openHostile(t, 'keeps');
  const bob = await swarm.client('bob');
  t.match(await bob.download('film'), { peers: [{ way: 'relayed', relayedBy: 'mallory' }] });
  const passed = relay.bytes;
  t.ok(passed.length > 2_000 * KiB, 'all of it has passed');
  t.notOk(passed.includes(CANARY.slice(0, 16)), 'and none of it in the clear');
});

for (const manners of ['stalls', 'drops', 'lies'] as const) {
  t.test(`a relay that ${manners} costs no more than its own way`, async (t) => {
    const { swarm, relay } = await openHostile(t, manners);
    const carl = await swarm.client('carl', { port: RELAY_PORT, relay: 1_000 * MiB });
    const bob = await swarm.client('bob');
    const { peers } = await bob.download('film');
    t.match(peers, [{ way: 'relayed', relayedBy: 'carl' }]);
    t.match(relay.guests[0], { type: 'meet' }, 'it was tried');
    t.match(await carl.engine.status(), { relay: {} });
  });
}
