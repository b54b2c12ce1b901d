import t from 'tap';
import {
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_PER_ANSWER,
  MAX_WATCHED_PER_SESSION,
  PEERS_ENOUGH,
  WATCHES_TOLD_AT_ONCE,
  WHOLE_PEERS_ENOUGH,
} from '../../../src/net/limits.js';
import type { TrackerNotifications } from '../../../src/net/tracker-api.js';
import { MemoryPresence } from '../../../src/tracker/presence/presence-memory.js';
import { Watches } from '../../../src/tracker/presence/watches.js';

type Told = TrackerNotifications['peers'];

function scene(mostWatches?: number) {
  const due = new Set<() => void>();
  const presence = new MemoryPresence<object>((...change) => watches.onPresenceChanged(...change));
  const watches = new Watches({
    presence,
    random: () => 0,
    ...(mostWatches !== undefined && { mostWatches }),
    delay: (callback) => {
      due.add(callback);
      return () => due.delete(callback);
    },
  });
  /** The next of what was put off; which is in the order in which that happened. */
  const elapse = (): void => {
    const [callback] = due;
    if (!callback) return;
    due.delete(callback);
    callback();
  };
  const settle = (): void => {
    while (due.size > 0) elapse();
  };
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
      const tell = ({ params }: { params: unknown }) => void told.push(params as Told);
      return { deviceId, login, told, tell };
    },
    isDue: () => due.size > 0,
    elapse,
    settle,
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

void t.test(
  'who has gone with its connection is told apart from who ended its share',
  async (t) => {
    const { presence, watches, offer, watcher, settle } = scene();
    for (const id of ['there', 'off', 'away']) offer(id);
    const me = watcher('me');
    watches.add(me, 'g', 'cat');
    presence.withdraw('off', 'g', 'cat');
    presence.goOffline('away', presence.holderOf('away')!);
    offer('new');
    settle();
    const inG = { groupId: 'g', fileId: 'cat' };
    t.match(me.told, [
      { ...inG, gone: ['off'], online: [{ deviceId: 'new' }] },
      { ...inG, gone: ['away'], online: [], lost: true },
    ]);
    t.same(Object.keys(me.told[0]!).sort(), ['fileId', 'gone', 'groupId', 'online']);
    presence.goOffline('there', presence.holderOf('there')!);
    settle();
    t.same(me.told.at(-1), { ...inG, online: [], gone: ['there'], lost: true });
    presence.goOffline('new', presence.holderOf('new')!, true);
    settle();
    t.same(me.told.at(-1), { ...inG, online: [], gone: ['new'] }, 'who took leave is not lost');
    offer('new');
    settle();
    presence.goOffline('new', presence.holderOf('new')!);
    settle();
    t.match(me.told.at(-1), { gone: ['new'], lost: true }, 'but may be later');
  },
);

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

void t.test('a watcher knows a bounded number of peers', async (t) => {
  const { presence, watches, offer, watcher, settle } = scene();
  for (let n = 0; n <= MAX_PEERS_PER_ANSWER; n++) offer(`device-${n}`);
  const me = watcher('me');
  const known = ids(watches.add(me, 'g', 'cat'));
  t.equal(known.length, MAX_PEERS_PER_ANSWER);
  presence.withdraw(known[0]!, 'g', 'cat');
  settle();
  t.same(me.told, [{ groupId: 'g', fileId: 'cat', online: [], gone: [known[0]] }]);
});

void t.test('a session watches a bounded number of files', async (t) => {
  const { watches, watcher } = scene();
  const me = watcher('me');
  for (let n = 0; n < MAX_WATCHED_PER_SESSION; n++) watches.add(me, 'g', `file-${n}`);
  t.doesNotThrow(() => watches.add(me, 'g', 'file-0'), 'again is no further one');
  t.throws(() => watches.add(me, 'g', 'one more'), { code: 'LIMIT_REACHED' });
});

void t.test(
  'who watches most is refused where all together watch as much as they may',
  async (t) => {
    const { watches, watcher } = scene(8);
    const add = (one: ReturnType<typeof watcher>, count: number) => {
      for (let n = 0; n < count; n++) watches.add(one, 'g', `file-${n}`);
    };
    const [first, second] = [watcher('pc', 'greedy'), watcher('phone', 'greedy')];
    add(first, 4);
    add(second, 4);
    t.throws(() => watches.add(second, 'g', 'one more'), { code: 'LIMIT_REACHED' });
    t.throws(() => watches.add(watcher('tv', 'greedy'), 'g', 'cat'), { code: 'LIMIT_REACHED' });
    t.doesNotThrow(() => watches.add(second, 'g', 'file-0'), 'again is no further one');
    const anna = watcher('anna-pc', 'anna');
    t.doesNotThrow(() => add(anna, 3), 'who has less than their share has room');
    t.throws(() => add(anna, 4), { code: 'LIMIT_REACHED' });
    watches.removeAll(first);
    watches.remove(second, 'g', 'file-0');
    watches.remove(second, 'g', 'file-0');
    t.doesNotThrow(() => watches.add(second, 'g', 'one more'), 'what has ended makes room');
  },
);

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
  t.equal(toldOfCrowd(), 2 * WATCHES_TOLD_AT_ONCE - 1);
  elapse();
  elapse();
  t.same(
    anna.told.map(({ online }) => ids(online)),
    [['seeder'], ['another']],
  );
  t.ok(isDue());
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

/** A scene that counts how often presence is asked for a peer, or for a draw. */
function counted() {
  const one = scene();
  const { presence } = one;
  const counts = { peer: 0, draw: 0 };
  const peer = presence.peer.bind(presence);
  const draw = presence.draw.bind(presence);
  presence.peer = (...of) => (counts.peer++, peer(...of));
  presence.draw = (...of) => (counts.draw++, draw(...of));
  const takeCounts = () => {
    const taken = { ...counts };
    counts.peer = counts.draw = 0;
    return taken;
  };
  return { ...one, takeCounts };
}

void t.test('a change concerns those who know the device, and nobody else', async (t) => {
  const { presence, watches, offer, watcher, settle, takeCounts } = counted();
  for (let n = 0; n < 300; n++) offer(`seeder-${n}`, n % 3 === 0);
  const crowd = Array.from({ length: 3 }, (_, n) => watcher(`m ${n}`));
  const known = crowd.map((one) => ids(watches.add(one, 'g', 'cat')));
  settle();
  takeCounts();
  const stranger = Array.from({ length: 300 }, (_, n) => `seeder-${n}`).find(
    (id) => !known.some((ones) => ones.includes(id)),
  );
  if (stranger === undefined) return void t.fail('everybody is known');
  presence.withdraw(stranger, 'g', 'cat');
  offer('one more', false);
  settle();
  t.same(takeCounts(), { peer: 0, draw: 0 });
  const friend = known[0]![0]!;
  presence.withdraw(friend, 'g', 'cat');
  settle();
  const knowing = known.filter((ones) => ones.includes(friend)).length;
  t.same(takeCounts(), { peer: knowing, draw: 0 });
  t.equal(crowd.flatMap(({ told }) => told).length, knowing);
});

void t.test('a crowd that comes costs what each of it is told', async (t) => {
  const { watches, offer, watcher, settle, takeCounts } = counted();
  const told: number[] = [];
  const size = 1_000;
  for (let n = 0; n < size; n++) {
    offer(`device ${n}`, false);
    const one = watcher(`device ${n}`, `user of device ${n}`);
    told.push(watches.add(one, 'g', 'cat').length);
    if (n % 50 === 49) settle();
  }
  const { draw } = takeCounts();
  t.ok(draw <= 3 * size, `${draw} draws`);
  t.equal(told.at(-1), MAX_PEERS_PER_ANSWER);
});

void t.test('who knows few peers is told of all that come', async (t) => {
  const { watches, offer, watcher, settle } = scene();
  const me = watcher('me');
  watches.add(me, 'g', 'cat');
  for (let n = 0; n < PEERS_ENOUGH; n++) {
    offer(`leecher ${n}`, false);
    settle();
  }
  t.equal(me.told.length, PEERS_ENOUGH);
  offer('one more', false);
  settle();
  t.equal(me.told.length, PEERS_ENOUGH, 'that is enough');
});

void t.test('who knows many without the whole file is told of some who have it', async (t) => {
  const { presence, watches, offer, watcher, settle } = scene();
  for (let n = 0; n < MAX_PEERS_PER_ANSWER; n++) offer(`leecher ${n}`, false);
  const me = watcher('me');
  t.equal(watches.add(me, 'g', 'cat').length, MAX_PEERS_PER_ANSWER);
  for (let n = 0; n < 2 * WHOLE_PEERS_ENOUGH; n++) offer(`seeder ${n}`);
  settle();
  t.equal(me.told.flatMap(({ online }) => online).length, WHOLE_PEERS_ENOUGH);
  t.ok(me.told.flatMap(({ online }) => online).every(({ complete }) => complete));
  const [seeder] = me.told[0]!.online;
  presence.withdraw(seeder!.deviceId, 'g', 'cat');
  settle();
  t.match(me.told.at(-1), { gone: [seeder!.deviceId], online: [{ complete: true }] });
});

void t.test('who knows fewer than enough after some have gone is told of others', async (t) => {
  const { presence, watches, offer, watcher, settle } = scene();
  for (let n = 0; n < 2 * MAX_PEERS_PER_ANSWER; n++) offer(`device ${n}`);
  const me = watcher('me');
  const known = new Set(ids(watches.add(me, 'g', 'cat')));
  for (const id of [...known].slice(0, MAX_PEERS_PER_ANSWER - PEERS_ENOUGH + 1)) {
    presence.withdraw(id, 'g', 'cat');
  }
  settle();
  for (const { online, gone } of me.told) {
    for (const id of ids(online)) known.add(id);
    for (const id of gone) known.delete(id);
  }
  t.equal(known.size, MAX_PEERS_PER_ANSWER);
  t.ok([...known].every((id) => presence.peer('g', 'cat', id)));
});

void t.test('what came before a watch began is told in its answer alone', async (t) => {
  const { presence, watches, offer, watcher, settle } = scene();
  watches.add(watcher('other'), 'g', 'cat');
  offer('seeder', false);
  const me = watcher('me');
  t.match(watches.add(me, 'g', 'cat'), [{ deviceId: 'seeder' }]);
  settle();
  t.same(me.told, []);
  presence.announce('seeder', 'g', 'cat', true);
  const late = watcher('late');
  t.match(watches.add(late, 'g', 'cat'), [{ complete: true }]);
  settle();
  t.same(late.told, []);
  t.match(me.told, [{ online: [{ complete: true }] }]);
});

void t.test('those who hear of the same going alone are told by one notice', async (t) => {
  const { presence, watches, offer, settle } = scene();
  const notices: unknown[] = [];
  for (const id of ['cat', 'dog']) offer(id);
  for (let n = 0; n < 3; n++) {
    watches.add({ deviceId: `me ${n}`, tell: (notice) => notices.push(notice) }, 'g', 'cat');
  }
  presence.withdraw('cat', 'g', 'cat');
  settle();
  t.equal(notices.length, 3);
  t.equal(new Set(notices).size, 1);
  presence.withdraw('dog', 'g', 'cat');
  settle();
  t.equal(new Set(notices).size, 2);
});
