/**
 * A tracker that takes connections, or has one, and does not answer any more, while another of its addresses does, or it
 * does on another connection: a stopped process, a way that swallows everything, one that was away. Whoever asks it
 * something goes on there.
 */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadDeviceCredentials } from '../../src/main/home/device-key-file.js';
import { openHome } from '../../src/main/home/home.js';
import { addressText } from '../../src/main/tracker-link/address-text.js';
import { KnownTrackers } from '../../src/main/tracker-link/known-trackers.js';
import { TrackerAddresses } from '../../src/main/tracker-link/tracker-addresses.js';
import { TrackerLink, type LinkEvent } from '../../src/main/tracker-link/tracker-link.js';
import { KiB, MiB } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { identityIn } from '../../src/tracker/tracker-keys.js';
import { noPostgres } from '../fixtures/postgres-server.js';
import { noRedis } from '../fixtures/redis-server.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { SharedTrackers } from '../fixtures/shared-trackers.js';
import { startSwarm, TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';
import { TrackerCable } from '../fixtures/tracker-cable.js';
import { startFaultTracker } from '../main/tracker-link/fault-tracker.js';
import { openTracker } from '../tracker/tracker-client.js';

/** A link that takes its session up again, as an engine's does, and what it told. */
async function linkTo(
  t: Test,
  folder: string,
  said: readonly PeerAddress[],
  onDialling = (): void => undefined,
) {
  const home = await openHome({ P2P_HOME: folder });
  const addresses = new TrackerAddresses({ said });
  const events: LinkEvent[] = [];
  const session: { token?: string } = {};
  const link = await TrackerLink.connect({
    addresses,
    credentials: await loadDeviceCredentials(home),
    knownTrackers: new KnownTrackers(home),
    onConnected: async (calls) => {
      const { token } = session;
      if (token !== undefined) await calls.call('resume', { token });
    },
    onNotification: () => undefined,
    onDialling: () => onDialling(),
    onEvent: (event) => void events.push(event),
  });
  t.teardown(() => link.close());
  await link.call('createUser', { userId: 'ann', password: 'a password' });
  session.token = (await link.call('login', { userId: 'ann', password: 'a password' })).token;
  return { link, addresses, events };
}

async function cableTo(t: Test, tracker: PeerAddress): Promise<TrackerCable> {
  const cable = await TrackerCable.plugIn(tracker);
  t.teardown(() => cable.close());
  return cable;
}

t.test('a change that a silent way has swallowed is made over another one', async (t) => {
  const tracker = await openTracker(t);
  const [one, other] = [await cableTo(t, tracker.address), await cableTo(t, tracker.address)];
  const { link, addresses, events } = await linkTo(t, testFolder(t), [one.address, other.address]);
  one.fallSilent();
  t.match(await link.call('createGroup', { groupId: 'g' }), { epoch: 1 });
  t.same(addresses.current, other.address);
  const types = events.map(({ type }) => type);
  t.same(types.slice(-2), ['tracker-lost', 'tracker-back']);
  t.match(events.at(-2), { error: { message: /does not answer/ } });
});

t.test('what was done there and answered in vain is done once, and asked again', async (t) => {
  const tracker = await openTracker(t);
  const [one, other] = [await cableTo(t, tracker.address), await cableTo(t, tracker.address)];
  const { link } = await linkTo(t, testFolder(t), [one.address, other.address]);
  await link.call('createGroup', { groupId: 'g' });
  one.swallowAnswers();
  const [made, listed] = await Promise.all([
    link.call('createGroup', { groupId: 'h' }),
    link.call('listMemberships', {}),
  ]);
  t.match(made, { epoch: 1 });
  t.ok(
    listed.items.some(({ groupId }) => groupId === 'g'),
    'and what changes nothing is asked again as well',
  );
});

t.test('a tracker that hangs is waited for where nobody else answers', async (t) => {
  const tracker = await openTracker(t);
  const [one, dead] = [await cableTo(t, tracker.address), await cableTo(t, tracker.address)];
  let onDialling = (): void => undefined;
  const said = [one.address, dead.address];
  const { link, addresses, events } = await linkTo(t, testFolder(t), said, () => onDialling());
  await dead.pullOut();
  one.fallSilent();
  const asked = link.call('createGroup', { groupId: 'g' });
  asked.catch(() => undefined);
  let looks = 0;
  await new Promise<void>((resolve) => {
    // At the third one the other address and this one were dialled in vain.
    onDialling = () => {
      if (++looks === 3) resolve();
    };
  });
  t.notOk(events.some(({ type }) => type === 'tracker-lost'));
  t.same(addresses.current, one.address);
  await link.close();
  await t.rejects(asked);
});

t.test('a connection that is dead is left for another one to the same address', async (t) => {
  const tracker = await openTracker(t);
  const cable = await cableTo(t, tracker.address);
  const { link, addresses, events } = await linkTo(t, testFolder(t), [cable.address]);
  cable.swallowAnswers();
  const [made, listed] = await Promise.all([
    link.call('createGroup', { groupId: 'g' }),
    link.call('listMemberships', {}),
  ]);
  t.match(made, { epoch: 1 });
  t.ok(listed.items.length <= 1, 'what changes nothing is asked again as well');
  const types = events.map(({ type }) => type);
  t.same(types.slice(-2), ['tracker-lost', 'tracker-back']);
  t.match(addresses.looks(), [{ fate: { state: 'worked' } }], 'nothing is wrong with the address');
});

t.test('a slow way out is no tracker that hangs', async (t) => {
  const tracker = await openTracker(t);
  const [one, other] = [await cableTo(t, tracker.address), await cableTo(t, tracker.address)];
  const { link, addresses, events } = await linkTo(t, testFolder(t), [one.address, other.address]);
  await link.call('createGroup', { groupId: 'g' });
  one.slowDown(12 * KiB);
  const names = Array.from({ length: 128 }, (_, index) => `${index} `.padEnd(250, 'x'));
  const { files } = await link.call('describeFiles', {
    ...{ groupId: 'g', names, wantPeers: false },
  });
  t.equal(files.length, names.length);
  t.notOk(events.some(({ type }) => type === 'tracker-lost'));
  t.same(addresses.current, one.address);
});

t.test('a download goes on while its tracker hangs, and is announced at another', async (t) => {
  const swarm = await startSwarm(t);
  const [one, other] = [await cableTo(t, swarm.address), await cableTo(t, swarm.address)];
  const ann = await swarm.client('ann', { up: 2 * MiB });
  const bob = await swarm.client('bob', {
    tracker: one.address,
    furtherTrackers: [other.address],
  });
  const content = sampleBytes(8 * 256 * KiB);
  await ann.share('film.mkv', content);
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  const back = bob.whenLogged(/connected again/);
  one.fallSilent();
  t.match(await bob.engine.listFiles(GROUP), [{ name: 'film.mkv' }]);
  await back;
  t.match(await bob.engine.status(), { tracker: addressText(other.address) });
  await bob.finish(id);
  t.ok((await bob.read('film.mkv')).equals(content));
  t.equal(await ann.sources('film.mkv'), 2);
});

t.test(
  'a remembered login is taken up at another address when the first says nothing to it',
  async (t) => {
    const folder = testFolder(t);
    const swarm = await TestSwarm.start(folder);
    t.teardown(() => swarm.close());
    const [one, other] = [await cableTo(t, swarm.address), await cableTo(t, swarm.address)];
    const where = { tracker: one.address, furtherTrackers: [other.address], remembers: true };
    const bob = await swarm.client('bob', where);
    await bob.engine.close();
    await one.pullOut();
    const credentials = await identityIn(join(folder, 'tracker'));
    // It shows what the tracker has to show, and is one up to the upgrade.
    const hanging = await startFaultTracker(t, {
      ...{ port: one.address.port, isMute: true, keepsAnswers: true },
      ...(credentials && { credentials }),
    });
    const again = await swarm.openClient('bob', { remembers: true });
    t.same(await again.engine.listFiles(GROUP), []);
    t.ok(hanging.methods.includes('resume'), 'it was asked first');
    t.match(await again.engine.status(), { tracker: addressText(other.address) });
  },
);

const missing = noPostgres() ?? noRedis();
t.test(
  'of several trackers one that is stopped is left for the next',
  missing === undefined ? {} : { skip: missing },
  async (t) => {
    const folder = testFolder(t);
    const trackers = await SharedTrackers.open(folder);
    t.teardown(() => trackers.close());
    const { link, addresses } = await linkTo(t, join(folder, 'ann'), trackers.addresses);
    const { current } = addresses;
    trackers.halt(trackers.addresses.findIndex(({ port }) => port === current.port));
    t.match(await link.call('createGroup', { groupId: 'g' }), { epoch: 1 });
    t.not(addresses.current.port, current.port);
    await t.rejects(link.call('createGroup', { groupId: 'g' }), { code: 'GROUP_EXISTS' });
  },
);
