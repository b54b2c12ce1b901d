import t from 'tap';
import {
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_PER_ANSWER,
  MAX_WATCHED_PER_SESSION,
  WATCHES_TOLD_AT_ONCE,
} from '../../../src/net/limits.js';
import type { TrackerNotifications } from '../../../src/net/tracker-api.js';
import { MemoryPresence } from '../../../src/tracker/presence/presence-memory.js';
import { Watches } from '../../../src/tracker/presence/watches.js';

type Told = TrackerNotifications['peers'];

function scene() {
  let due: (() => void) | undefined;
  const presence = new MemoryPresence<object>((...change) => watches.onPresenceChanged(...change));
  const watches = new Watches({
    presence,
    random: () => 0,
    delay: (callback) => {
      due = callback;
      return () => (due = undefined);
    },
  });
  return {
    presence,
    watches,
    offer: (deviceId: string, complete = true, userId = `user of ${deviceId}`) => {
      const addresses = [{ host: '127.0.0.1', port: 4000 }];
      presence.goOnline({ deviceId, userId, addresses }, {});
      presence.announce(deviceId, 'g', 'cat', complete);
    },
    watcher: (deviceId: string, userId?: string) => {
      const told: Told[] = [];
      const login = userId === undefined ? undefined : { userId };
      const push = (_: unknown, params: unknown) => void told.push(params as Told);
      return { deviceId, login, told, push };
    },
    isDue: () => due !== undefined,
    elapse: () => {
      const callback = due;
      due = undefined;
      callback?.();
    },
  };
}
const ids = (peers: readonly { deviceId: string }[]) => peers.map(({ deviceId }) => deviceId);

void t.test('a watcher learns of everyone but itself, complete or not', async (t) => {
  const { watches, offer, watcher } = scene();
  offer('me', false);
  offer('seeder');
  offer('leecher', false);
  const peers = watches.add(watcher('me'), 'g', 'cat');
  t.same(ids(peers).sort(), ['leecher', 'seeder']);
});

void t.test('changes are gathered and told once', async (t) => {
  const { presence, watches, offer, watcher, elapse, isDue } = scene();
  const me = watcher('me');
  watches.add(me, 'g', 'cat');
  offer('seeder', false);
  presence.announce('seeder', 'g', 'cat', true);
  offer('other');
  t.same(me.told, [], 'not yet');
  elapse();
  t.equal(me.told.length, 1);
  t.same(ids(me.told[0]!.online).sort(), ['other', 'seeder']);
  presence.withdraw('other', 'g', 'cat');
  elapse();
  t.same(me.told[1], { groupId: 'g', fileId: 'cat', online: [], gone: ['other'] });
  t.notOk(isDue());
});

void t.test('a change of a known peer is told, its own is not', async (t) => {
  const { presence, watches, offer, watcher, elapse } = scene();
  offer('leecher', false);
  const me = watcher('leecher');
  const other = watcher('other');
  watches.add(me, 'g', 'cat');
  watches.add(other, 'g', 'cat');
  presence.announce('leecher', 'g', 'cat', true);
  elapse();
  t.same(me.told, []);
  t.match(other.told, [{ online: [{ deviceId: 'leecher', complete: true }], gone: [] }]);
});

void t.test('nothing is told after unwatch, leaving the group, or the end', async (t) => {
  const { watches, offer, watcher, elapse, isDue } = scene();
  const [a, b, c] = [watcher('a'), watcher('b'), watcher('c')];
  for (const one of [a, b, c]) watches.add(one, 'g', 'cat');
  watches.remove(a, 'g', 'cat');
  watches.removeAll(b, 'g');
  watches.removeAll(c);
  offer('seeder');
  t.notOk(isDue());
  elapse();
  t.same([a.told, b.told, c.told], [[], [], []]);
});

void t.test('a watcher knows a bounded number of peers and gets others when some go', async (t) => {
  const { presence, watches, offer, watcher, elapse } = scene();
  for (let n = 0; n <= MAX_PEERS_PER_ANSWER; n++) offer(`device-${n}`);
  const me = watcher('me');
  const known = ids(watches.add(me, 'g', 'cat'));
  t.equal(known.length, MAX_PEERS_PER_ANSWER);
  presence.withdraw(known[0]!, 'g', 'cat');
  elapse();
  t.equal(me.told.length, 1);
  t.same(me.told[0]!.gone, [known[0]]);
  t.equal(me.told[0]!.online.length, 1);
  t.notOk(known.includes(me.told[0]!.online[0]!.deviceId));
});

void t.test('a session watches a bounded number of files', async (t) => {
  const { watches, watcher } = scene();
  const me = watcher('me');
  for (let n = 0; n < MAX_WATCHED_PER_SESSION; n++) watches.add(me, 'g', `file-${n}`);
  t.doesNotThrow(() => watches.add(me, 'g', 'file-0'), 'again is no further one');
  t.throws(() => watches.add(me, 'g', 'one more'), { code: 'LIMIT_REACHED' });
});

void t.test('a watcher is told of few devices of one user', async (t) => {
  const { watches, offer, watcher, elapse } = scene();
  for (let n = 0; n < 20; n++) offer(`mallory ${n}`, true, 'mallory');
  offer('anna', true);
  const me = watcher('me');
  t.equal(watches.add(me, 'g', 'cat').length, MAX_DEVICES_PER_USER_TOLD + 1);
  offer('mallory again', true, 'mallory');
  offer('ben', true);
  elapse();
  t.same(
    me.told.map(({ online }) => ids(online)),
    [['ben']],
  );
});

void t.test('many watchers are told a part at a time, each user in turn', async (t) => {
  const { watches, offer, watcher, elapse, isDue } = scene();
  const crowd = Array.from({ length: 3 * WATCHES_TOLD_AT_ONCE }, (_, n) => watcher(`m ${n}`, 'm'));
  const anna = watcher('anna', 'anna');
  for (const one of [...crowd, anna]) watches.add(one, 'g', 'cat');
  offer('seeder');
  elapse();
  t.equal(anna.told.length, 1, 'she does not wait for the crowd');
  const toldOfCrowd = () => crowd.filter(({ told }) => told.length > 0).length;
  t.equal(toldOfCrowd(), WATCHES_TOLD_AT_ONCE - 1);
  t.ok(isDue());
  offer('another');
  elapse();
  elapse();
  t.equal(toldOfCrowd(), 3 * WATCHES_TOLD_AT_ONCE - 2);
  t.same(
    anna.told.map(({ online }) => ids(online)),
    [['seeder'], ['another']],
  );
  while (isDue()) elapse();
  for (const { told } of crowd) t.equal(told.flatMap(({ online }) => online).length, 2);
});

void t.test('changes are forgotten once everybody has heard of them', async (t) => {
  const { presence, watches, offer, watcher, elapse } = scene();
  const me = watcher('me');
  watches.add(me, 'g', 'cat');
  for (let n = 0; n < 50; n++) {
    offer('seeder');
    elapse();
    presence.withdraw('seeder', 'g', 'cat');
    elapse();
  }
  t.equal(me.told.length, 100);
  t.same(me.told.at(-1)?.gone, ['seeder']);
});

void t.test('a device that says again where it is changes nothing', async (t) => {
  const { presence, watches, watcher, isDue, elapse } = scene();
  const holder = {};
  const device = { deviceId: 'seeder', userId: 's', addresses: [{ host: '10.0.0.1', port: 1 }] };
  presence.goOnline(device, holder);
  presence.announce('seeder', 'g', 'cat', true);
  const me = watcher('me');
  watches.add(me, 'g', 'cat');
  presence.goOnline({ ...device, addresses: [{ host: '10.0.0.1', port: 1 }] }, holder);
  t.notOk(isDue());
  presence.goOnline({ ...device, addresses: [{ host: '10.0.0.1', port: 2 }] }, holder);
  elapse();
  t.equal(me.told.length, 1);
});
