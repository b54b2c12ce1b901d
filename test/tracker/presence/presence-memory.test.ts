import t from 'tap';
import { CALLERS } from '../../../src/tracker/presence/presence.js';
import { MemoryPresence } from '../../../src/tracker/presence/presence-memory.js';
import { allPeers } from './all-peers.js';

const addresses = [{ host: '127.0.0.1', port: 4000 }];

function scene(mostAnnounced?: number) {
  const changes: string[] = [];
  const presence = new MemoryPresence<object>(
    (...change) => void changes.push(change.join(' ')),
    mostAnnounced,
  );
  const online = (deviceId: string, userId: string, holder: object = {}) => {
    presence.goOnline({ deviceId, userId, addresses }, holder);
    return holder;
  };
  return { changes, presence, online };
}

void t.test('a device offers files, complete or partial, and takes them back', async (t) => {
  const { changes, presence, online } = scene();
  online('pc', 'anna');
  t.ok(presence.announce('pc', 'g', 'cat', false));
  t.same(allPeers(presence, 'g', 'cat'), [
    { deviceId: 'pc', userId: 'anna', addresses, complete: false },
  ]);
  t.ok(presence.announce('pc', 'g', 'cat', true));
  t.ok(presence.announce('pc', 'g', 'cat', true));
  t.match(presence.swarmSize('g', 'cat'), { peers: 1, complete: 1 });
  presence.withdraw('pc', 'g', 'cat');
  t.match(presence.swarmSize('g', 'cat'), { peers: 0, complete: 0 });
  t.same(changes, ['g cat pc', 'g cat pc', 'g cat pc'], 'telling it twice changes nothing');
  t.equal(presence.peer('g', 'cat', 'pc'), undefined);
  t.same(presence.counts(), { devices: 1, announced: 0 });
});

void t.test('the same connection may change its addresses and keeps its offers', async (t) => {
  const { changes, presence, online } = scene();
  const holder = online('pc', 'anna');
  presence.announce('pc', 'g', 'cat', true);
  const moved = [{ host: '10.0.0.1', port: 5 }];
  const before = presence.goOnline({ deviceId: 'pc', userId: 'anna', addresses: moved }, holder);
  t.equal(before, undefined);
  t.same(presence.peer('g', 'cat', 'pc')?.addresses, moved);
  t.equal(changes.length, 2);
});

void t.test(
  'a newer connection of a device replaces the older one and starts afresh',
  async (t) => {
    const { presence, online } = scene();
    const older = online('pc', 'anna');
    presence.announce('pc', 'g', 'cat', true);
    const newer = {};
    t.equal(presence.goOnline({ deviceId: 'pc', userId: 'anna', addresses }, newer), older);
    t.equal(presence.peer('g', 'cat', 'pc'), undefined);
    presence.goOffline('pc', older);
    t.ok(presence.isHolder('pc', newer), 'the older one has no say any more');
    presence.goOffline('pc', newer);
    t.same(presence.counts(), { devices: 0, announced: 0 });
  },
);

void t.test('a user is withdrawn from one group, on every device', async (t) => {
  const { presence, online } = scene();
  online('pc', 'anna');
  online('phone', 'anna');
  online('ben-pc', 'ben');
  for (const device of ['pc', 'phone', 'ben-pc']) {
    presence.announce(device, 'g', 'cat', true);
    presence.announce(device, 'h', 'cat', true);
  }
  presence.withdrawUser('anna', 'g');
  t.match(presence.swarmSize('g', 'cat'), { peers: 1, complete: 1 });
  t.match(presence.swarmSize('h', 'cat'), { peers: 3, complete: 3 });
});

void t.test('a content is withdrawn from a group with everyone who offers it', async (t) => {
  const { presence, online } = scene();
  online('pc', 'anna');
  online('ben-pc', 'ben');
  presence.announce('pc', 'g', 'cat', true);
  presence.announce('ben-pc', 'g', 'cat', false);
  presence.announce('pc', 'g', 'dog', true);
  presence.withdrawContent('g', 'cat');
  t.match(presence.swarmSize('g', 'cat'), { peers: 0, complete: 0 });
  t.same(presence.counts(), { devices: 2, announced: 1 });
});

void t.test('a device that nobody can reach is told of when somebody can', async (t) => {
  const { changes, presence } = scene();
  const holder = {};
  presence.goOnline({ deviceId: 'pc', userId: 'anna', addresses: [] }, holder);
  presence.announce('pc', 'g', 'cat', true);
  presence.announce('pc', 'g', 'dog', true);
  const size = (reachable: number) => ({ peers: 1, complete: reachable, reachable });
  t.same(allPeers(presence, 'g', 'cat'), []);
  t.equal(presence.peer('g', 'cat', 'pc'), undefined);
  t.same(presence.swarmSize('g', 'cat'), size(0));
  changes.length = 0;
  presence.setAddresses('pc', { addresses });
  t.same(changes, ['g cat pc', 'g dog pc'], 'whoever watches hears of it');
  t.match(allPeers(presence, 'g', 'cat'), [{ deviceId: 'pc', addresses }]);
  t.same(presence.swarmSize('g', 'dog'), size(1));
  presence.setAddresses('pc', { addresses: [...addresses] });
  presence.setAddresses('unknown', { addresses });
  t.equal(changes.length, 2, 'what is said again is no news');
  t.equal(presence.holderOf('pc'), holder);
  presence.setAddresses('pc', { addresses: [] });
  t.same(presence.swarmSize('g', 'cat'), size(0));
  presence.withdraw('pc', 'g', 'cat');
  presence.setAddresses('pc', { addresses });
  t.same(presence.swarmSize('g', 'dog'), size(1));
  presence.goOffline('pc', holder);
  t.same(presence.swarmSize('g', 'dog'), { peers: 0, complete: 0, reachable: 0 });
});

void t.test('a device that nobody is told of counts among no sources', async (t) => {
  const { presence, online } = scene();
  const holder = {};
  const complete = () => presence.swarmSize('g', 'cat').complete;
  presence.goOnline({ deviceId: 'pc', userId: 'anna', addresses: [] }, holder);
  presence.announce('pc', 'g', 'cat', false);
  presence.announce('pc', 'g', 'cat', true);
  t.equal(complete(), 0);
  online('tv', 'ben');
  presence.announce('tv', 'g', 'cat', false);
  t.equal(complete(), 0, 'half a file is no source');
  presence.setAddresses('pc', { addresses });
  t.equal(complete(), 1);
  presence.announce('tv', 'g', 'cat', true);
  t.equal(complete(), 2);
  presence.announce('pc', 'g', 'cat', false);
  presence.setAddresses('pc', { addresses: [] });
  t.equal(complete(), 1);
  presence.goOffline('pc', holder);
  t.equal(complete(), 1);
});

void t.test('some addresses are told at some places only, and count there', async (t) => {
  const { changes, presence } = scene();
  const [inside, outside] = [
    { host: '10.0.0.1', port: 1 },
    { host: '198.51.100.9', port: 1 },
  ];
  const holder = {};
  const nearby = [
    { to: 'street', addresses: [inside] },
    { to: 'house', addresses: [inside, outside] },
  ];
  presence.goOnline({ deviceId: 'pc', userId: 'anna', addresses: [], nearby }, holder);
  presence.announce('pc', 'g', 'cat', true);
  const told = (...places: string[]) => presence.peer('g', 'cat', 'pc', places)?.addresses;
  const size = (...places: string[]) => presence.swarmSize('g', 'cat', places);
  t.equal(told(), undefined);
  t.same(allPeers(presence, 'g', 'cat', ['moon']), []);
  t.same(told('street'), [inside]);
  t.same(told('street', 'house'), [inside, outside]);
  t.same(size('moon'), { peers: 1, complete: 0, reachable: 0 });
  t.same(size('street', 'house'), { peers: 1, complete: 1, reachable: 1 });
  changes.length = 0;
  presence.setAddresses('pc', { addresses, nearby });
  presence.setAddresses('pc', { addresses, nearby: [...nearby] });
  t.same(changes, ['g cat pc']);
  t.same(told('street', 'house'), [...addresses, inside, outside]);
  t.same(size('street', 'house'), size(), 'each device counts once');
  presence.goOffline('pc', holder);
  t.same(size('street'), { peers: 0, complete: 0, reachable: 0 });
});

void t.test('who was found nowhere is told to those who know of calls, each once', async (t) => {
  const { presence, changes } = scene();
  const near = [{ to: 'net a', addresses: [{ host: '10.0.0.1', port: 1 }] }];
  const holder = {};
  const pc = { deviceId: 'pc', userId: 'anna', calls: true, addresses: [] };
  presence.goOnline({ ...pc, nearby: near }, holder);
  presence.announce('pc', 'g', 'cat', true);
  t.equal(presence.peer('g', 'cat', 'pc', [CALLERS]), undefined, 'it may be found yet');
  changes.length = 0;
  presence.setAddresses('pc', { addresses: [], nearby: near, isUnreached: true });
  t.equal(changes.length, 1, 'that it was not is news');
  t.same(presence.peer('g', 'cat', 'pc', ['net b', CALLERS]), {
    ...{ deviceId: 'pc', userId: 'anna', addresses: [], complete: true, calls: true },
  });
  const reachable = (...places: string[]): number =>
    presence.swarmSize('g', 'cat', places).reachable;
  t.equal(reachable('net b', CALLERS), 1);
  t.equal(reachable('net a', CALLERS), 1);
  t.equal(reachable('net a'), 1, 'who knows of no calls is told as before');
  t.equal(reachable('net b'), 0);
  presence.setAddresses('pc', { addresses });
  t.equal(reachable('net b'), 1);
  t.equal(reachable('net a', CALLERS), 1);
  presence.withdraw('pc', 'g', 'cat');
  t.equal(reachable('net a', CALLERS), 0);
});

void t.test('what a device offers is told as long as somebody is told of it', async (t) => {
  const { presence, online } = scene();
  const offered = () => presence.offered('g', 'cat', 'pc');
  online('pc', 'anna');
  t.equal(offered(), undefined);
  presence.announce('pc', 'g', 'cat', false);
  t.equal(offered(), 'part');
  presence.announce('pc', 'g', 'cat', true);
  t.equal(offered(), 'whole');
  presence.setAddresses('pc', { addresses: [] });
  t.equal(offered(), undefined);
  t.equal(presence.swarmSize('g', 'cat').peers, 1);
});

void t.test(
  'who announces most is refused where all together announce as much as they may',
  async (t) => {
    const { presence, online } = scene(8);
    const announce = (deviceId: string, count: number) => {
      const files = Array.from({ length: count }, (_, n) => `file-${n}`);
      return files.filter((fileId) => presence.announce(deviceId, 'g', fileId, true)).length;
    };
    const holder = online('pc', 'greedy');
    online('phone', 'greedy');
    online('anna-pc', 'anna');
    online('ben-pc', 'ben');
    t.equal(announce('pc', 6), 6);
    t.equal(announce('phone', 6), 2, 'the devices of a user count together');
    t.ok(presence.announce('phone', 'g', 'file-0', false), 'again is no further one');
    t.equal(announce('anna-pc', 9), 3, 'who comes then has a share of as much again');
    t.equal(announce('ben-pc', 9), 1, 'and a third one of what is left of that');
    t.same(presence.counts(), { devices: 4, announced: 12 });
    presence.goOffline('pc', holder);
    t.same(presence.counts(), { devices: 3, announced: 6 });
    t.ok(presence.announce('anna-pc', 'g', 'another', true), 'what was taken back makes room');
    presence.withdrawUser('anna', 'g');
    t.same(presence.counts(), { devices: 3, announced: 3 });
  },
);
