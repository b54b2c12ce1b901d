/** A client that finds its tracker at several addresses. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { openHome } from '../../src/main/home/home.js';
import { readSession } from '../../src/main/home/session-file.js';
import { addressText } from '../../src/main/tracker-link/address-text.js';
import { KnownTrackers } from '../../src/main/tracker-link/known-trackers.js';
import { TrackerAddresses } from '../../src/main/tracker-link/tracker-addresses.js';
import { TrackerLink } from '../../src/main/tracker-link/tracker-link.js';
import { createDeviceCredentials } from '../../src/net/device-identity.js';
import { KiB, MiB } from '../../src/net/limits.js';
import { serverTlsOptions } from '../../src/net/tls-identity.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';
import { TrackerCable } from '../fixtures/tracker-cable.js';

const content = sampleBytes(8 * 256 * KiB);

async function cableTo(swarm: TestSwarm, host?: string): Promise<TrackerCable> {
  const cable = await TrackerCable.plugIn(swarm.address, host);
  swarm.closeLater(cable);
  return cable;
}

/** Somebody else's server, which answers this or nothing, and what was told to it. */
async function stranger(
  t: Test,
  says?: string,
): Promise<{ address: PeerAddress; heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const server = createServer(serverTlsOptions(createDeviceCredentials()));
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      heard.push(bytes);
      if (says !== undefined) socket.end(says);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, heard };
}

t.test('a dead first address, or one that hangs, keeps nobody from the second', async (t) => {
  const swarm = await startSwarm(t);
  const [dead, hanging] = [await cableTo(swarm), await cableTo(swarm)];
  await dead.pullOut();
  hanging.fallSilent();
  for (const [name, first] of [
    ['ann', dead.address],
    ['bob', hanging.address],
  ] as const) {
    const client = await swarm.client(name, { tracker: first, furtherTrackers: [swarm.address] });
    t.match(await client.engine.status(), {
      tracker: addressText(swarm.address),
      isTrackerConnected: true,
    });
  }
});

for (const [name, says] of [
  ['what is no tracker', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
  ['what never answers an upgrade', undefined],
] as const) {
  t.test(`${name} at the first address stands for no tracker, and keeps nobody out`, async (t) => {
    const swarm = await startSwarm(t);
    const other = await stranger(t, says);
    const further = { furtherTrackers: [swarm.address] };
    const ann = await swarm.client('ann', { tracker: other.address, ...further });
    t.match(await ann.engine.status(), {
      tracker: addressText(swarm.address),
      isTrackerConnected: true,
      trackerAddresses: [{ state: 'failed' }, { state: 'used' }],
    });
    t.ok(other.heard.length > 0, 'it was asked');
    const known = await readFile(ann.path('home/known_trackers'), 'utf8');
    t.notMatch(known, addressText(other.address), 'and is not known');
    t.match(known, addressText(swarm.address));
  });
}

t.test(
  'when its address dies in a download, the client is at another, and it goes on',
  async (t) => {
    const swarm = await startSwarm(t);
    const [one, other] = [await cableTo(swarm), await cableTo(swarm, '127.0.0.2')];
    const ann = await swarm.client('ann', { up: 2 * MiB });
    const bob = await swarm.client('bob', {
      tracker: one.address,
      furtherTrackers: [other.address],
    });
    t.match(await bob.engine.status(), { tracker: addressText(one.address) });
    await ann.share('film.mkv', content);
    const id = await bob.start('film.mkv');
    await bob.whenProgress(id, ({ verified }) => verified > 0);
    const back = bob.whenLogged(/connected again/);
    await one.pullOut();
    await back;
    t.match(await bob.engine.status(), {
      tracker: addressText(other.address),
      isTrackerConnected: true,
    });
    t.match((await bob.engine.status()).trackerAddresses, [
      { address: addressText(one.address), from: 'user', state: 'failed' },
      { address: addressText(other.address), from: 'user', state: 'used' },
    ]);
    await bob.finish(id);
    t.ok((await bob.read('film.mkv')).equals(content));
    t.equal(await ann.sources('film.mkv'), 2, 'it is announced over the other one');
  },
);

t.test('a connection that only hangs is given up for another address', async (t) => {
  const swarm = await startSwarm(t);
  const [one, other] = [await cableTo(swarm), await cableTo(swarm)];
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const addresses = new TrackerAddresses({ said: [one.address, other.address] });
  let onBack = (): void => undefined;
  const back = new Promise<void>((resolve) => (onBack = resolve));
  const link = await TrackerLink.connect({
    addresses,
    credentials: createDeviceCredentials(),
    knownTrackers: new KnownTrackers(home),
    onConnected: async () => undefined,
    onNotification: () => undefined,
    onEvent: ({ type }) => {
      if (type === 'tracker-back') onBack();
    },
    times: { pingIntervalMs: 100 },
  });
  swarm.closeLater(link);
  t.same(addresses.current, one.address);
  one.fallSilent();
  await back;
  t.same(addresses.current, other.address);
  await t.rejects(link.call('about', {}), { code: 'NOT_LOGGED_IN' }, 'and is answered over it');
});

t.test('another tracker at the second address is told of, and is told nothing', async (t) => {
  const swarm = await startSwarm(t);
  const cable = await cableTo(swarm);
  const { address, heard } = await stranger(t);
  const bob = await swarm.openClient('bob', {
    tracker: cable.address,
    furtherTrackers: [address],
    remembers: true,
  });
  await bob.signUp();
  t.match(bob.lines, [/first contact/, /it is another one/], 'at the login already');
  t.match(bob.lines[1], addressText(address));
  const second = { address: addressText(address), state: 'failed' };
  const error = { code: 'IDENTITY_CHANGED' };
  t.match((await bob.engine.status()).trackerAddresses[1], { ...second, error });
  t.match((await bob.engine.checkNetwork()).trackerAddresses[1], { ...second, error });
  const lost = bob.whenLogged(/not .*reach|refused/);
  await cable.pullOut();
  await lost;
  t.match(await bob.engine.status(), { isTrackerConnected: false });
  t.same(heard, [], 'neither a login nor its session');
});

t.test('where it worked last is kept, and is the first that the next client dials', async (t) => {
  const swarm = await startSwarm(t);
  const [one, other] = [await cableTo(swarm), await cableTo(swarm)];
  const furtherTrackers = [other.address];
  const where = { tracker: one.address, furtherTrackers, remembers: true };
  const bob = await swarm.client('bob', where);
  const back = bob.whenLogged(/connected again/);
  await one.pullOut();
  await back;
  await bob.engine.listFiles(GROUP);
  const home = await openHome({ P2P_HOME: join(bob.folder, 'home') });
  const kept = await readSession(home);
  t.match(kept, { tracker: other.address, said: [one.address, other.address] });
  const noted = await readFile(home.knownTrackersPath, 'utf8');
  t.equal(noted.trim().split('\n').length, 2, 'both show the same key');
  await bob.engine.close();
  const again = await swarm.openClient('bob', { remembers: true });
  t.same(await again.engine.listFiles(GROUP), []);
  t.match(await again.engine.status(), { tracker: addressText(other.address) });
});

t.test(
  'what a tracker tells of itself is kept, and dialled when the one that was said dies',
  async (t) => {
    const away: PeerAddress = { host: '127.0.0.1', port: 1 };
    const swarm = await startSwarm(t, { announce: [away] });
    const cable = await cableTo(swarm);
    const other = await cableTo(swarm);
    const bob = await swarm.client('bob', { tracker: cable.address, remembers: true });
    const home = await openHome({ P2P_HOME: join(bob.folder, 'home') });
    t.match(await readSession(home), { tracker: cable.address, learnt: [away] });
    const invite = await bob.engine.createInvite({ groupId: GROUP, uses: 1, lifetimeMs: 60_000 });
    t.same(invite.tracker, away, 'a link says where the tracker says it is');
    await bob.engine.close();
    swarm.announce([other.address]);
    await swarm.restartTracker();
    const again = await swarm.openClient('bob', { remembers: true, tracker: cable.address });
    t.match((await again.engine.status()).trackerAddresses, [
      { address: addressText(cable.address), from: 'user', state: 'used' },
      { address: addressText(other.address), from: 'tracker', state: 'untried' },
    ]);
    t.match((await again.engine.checkNetwork()).trackerAddresses[1], { state: 'answers' });
    t.same(await again.engine.listFiles(GROUP), []);
    const back = again.whenLogged(/connected again/);
    await cable.pullOut();
    await back;
    t.match(await again.engine.status(), { tracker: addressText(other.address) });
    t.match(await readSession(home), { tracker: other.address, learnt: [other.address] });
  },
);

t.test('a tracker that tells of a stranger has its clients tell that one nothing', async (t) => {
  const { address, heard } = await stranger(t);
  const swarm = await startSwarm(t, { announce: [address] });
  const cable = await cableTo(swarm);
  const bob = await swarm.client('bob', { tracker: cable.address });
  const refused = bob.whenLogged(/it is another one/);
  await cable.pullOut();
  await refused;
  t.same(heard, []);
});

t.test(
  'a login that is kept goes to no address that shows another key, met before or not',
  async (t) => {
    const swarm = await startSwarm(t);
    const { address, heard } = await stranger(t);
    const bob = await swarm.client('bob', { furtherTrackers: [address], remembers: true });
    await bob.engine.close();
    for (const times of [1, 2]) {
      const again = await swarm.openClient('bob', { tracker: address });
      await t.rejects(again.engine.listFiles(GROUP), { code: 'IDENTITY_CHANGED' });
      t.same(heard, [], `not one byte at attempt ${times}`);
      await again.engine.close();
    }
    const home = await openHome({ P2P_HOME: join(bob.folder, 'home') });
    t.notMatch(await readFile(home.knownTrackersPath, 'utf8'), addressText(address));
  },
);
