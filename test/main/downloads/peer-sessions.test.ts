/** The sessions of one download over fake tasks; the clock is a number. */
import t, { type Test } from 'tap';
import {
  BACK_PEER_GRACE_MS,
  DROP_SNUBBED_AFTER_MS,
  FAR_BYTES_PER_CONNECTION,
  LATENCY_PER_CONNECTION_MS,
  MAX_CONNECTIONS_PER_FAR_PEER,
  MAX_CONNECTIONS_PER_PEER,
  LOST_PEER_KEPT_MS,
  MAX_DEVICES_PER_USER,
  MAX_LOST_PEERS_PER_DOWNLOAD,
  MAX_PEERS_PER_DOWNLOAD,
  MAX_UNPROVEN_DIALS_PER_DOWNLOAD,
  MUTE_PLACE_MS,
  PATH_SILENCE_MS,
  PEER_SILENCE_MS,
  SILENT_PEER_PAUSE_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_OPENED_MAX_MS,
  SILENT_PEER_AWAITED_MS,
} from '../../../src/net/limits.js';
import type { ErrorCode, WireError } from '../../../src/net/errors.js';
import type { OnlinePeer } from '../../../src/net/tracker-api.js';
import type { FileMessage, FileOrder } from '../../../src/main/downloads/peer-connections.js';
import { deferred } from '../../../src/net/deferred.js';
import type { SilentPeer } from '../../../src/main/downloads/silent-ways.js';
import { laterByTimer } from '../../../src/net/later.js';
import { PeerSessions } from '../../../src/main/downloads/peer-sessions.js';
import { FakeTask } from '../../fixtures/fake-task.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';

const lost: WireError = { code: 'CONNECTION_LOST', message: 'gone' };
const ready = readyAfter(1);

function readyAfter(latencyMs: number) {
  const address = { host: 'h', port: 1 };
  return { type: 'ready', bits: new Uint8Array(1), address, latencyMs } as const;
}

interface Session extends FakeTask<FileOrder, FileMessage> {
  readonly key: string;
  readonly peer: OnlinePeer;
}

function peers(count: number): OnlinePeer[] {
  return Array.from({ length: count }, (_, one) => onlinePeer(`device ${one}`));
}

/** The sessions under test, every task they have started, and what their owner heard. */
function scene(t: Test, connectionsWanted = 1) {
  const clock = numberClock(t);
  const started: Session[] = [];
  const heard: string[] = [];
  const unwanted = new Set<string>();
  const looks: (SilentPeer & { calledOff: AbortSignal; found: (isThere: boolean) => void })[] = [];
  let connecting = '';
  const banned = new Set<string>();
  const barred = new Set<string>();
  /** For whom it was asked whether they may be dialled, and as what. */
  const asked: string[] = [];
  const sessions = new PeerSessions(connectionsWanted, {
    start: (peer, onMessage) => {
      const task = new FakeTask<FileOrder, FileMessage>(onMessage);
      const session = Object.assign(task, { key: connecting, peer });
      started.push(session);
      return session;
    },
    isWanted: (key) => !unwanted.has(key),
    lookAt: (peer, calledOff) => {
      const { promise, resolve } = deferred<boolean>();
      looks.push({ ...peer, calledOff, found: resolve });
      return promise;
    },
    later: laterByTimer,
    nowMs: () => clock.nowMs,
    lackingBytes: () => 1_000 * FAR_BYTES_PER_CONNECTION,
    mayStart: ({ deviceId }, kind) => {
      asked.push(`${deviceId} ${kind}`);
      return !barred.has(kind === 'first' ? deviceId : `${deviceId} further`);
    },
    isBanned: (deviceId) => banned.has(deviceId),
    onConnecting: (key, { deviceId }) => {
      connecting = key;
      heard.push(`connecting ${deviceId}`);
    },
    onMessage: (key, { type }) => heard.push(`${type} ${deviceOf(key)}`),
    onEnded: (key, error) => heard.push(`ended ${deviceOf(key)} ${error?.code ?? 'closed'}`),
  });
  const deviceOf = (key: string): string =>
    started.find((session) => session.key === key)?.peer.deviceId ?? `nobody behind ${key}`;
  /** How often each device was dialled so far. */
  const dials = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { peer } of started) counts[peer.deviceId] = (counts[peer.deviceId] ?? 0) + 1;
    return counts;
  };
  const end = (session: Session | undefined, error: WireError | undefined = lost): void => {
    session?.say({ type: 'ended', error });
    session?.settle();
  };
  /** Lets everybody be named, and each session that is started open the file at once. */
  const openAll = (all: readonly OnlinePeer[]): void => {
    sessions.onOnline(all);
    // Each makes room for others, which are started meanwhile.
    for (const session of started) session.say(ready);
  };
  return {
    clock,
    started,
    heard,
    sessions,
    dials,
    end,
    banned,
    barred,
    asked,
    openAll,
    looks,
    unwanted,
  };
}

t.test('a peer is dialled once, and its messages come with its key', async (t) => {
  const { sessions, started, heard, dials } = scene(t);
  sessions.onOnline([onlinePeer('ann')]);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  t.same(dials(), { ann: 1, bob: 1 });
  started[1]?.say(ready);
  started[0]?.say({ type: 'verified', pieces: [3] });
  started[0]?.say({ type: 'ended', error: lost });
  started[1]?.say({ type: 'ended', error: undefined });
  t.same(heard, [
    'connecting ann',
    'connecting bob',
    'ready bob',
    'verified ann',
    'ended ann CONNECTION_LOST',
    'ended bob closed',
  ]);
});

t.test('few peers get several connections each, with a key of its own', async (t) => {
  const many = MAX_CONNECTIONS_PER_PEER + 3;
  const cases: [wanted: number, devices: number, perDevice: number][] = [
    [1, 1, 1],
    [4, 1, 4],
    [4, 2, 2],
    [4, 3, 2],
    [4, 4, 1],
    [4, 9, 1],
    [many, 1, MAX_CONNECTIONS_PER_PEER],
  ];
  for (const [wanted, devices, perDevice] of cases) {
    await t.test(`${wanted} for ${devices}`, async (t) => {
      const { sessions, started, dials } = scene(t, wanted);
      sessions.onOnline(peers(devices));
      t.same(new Set(Object.values(dials())), new Set([perDevice]));
      t.equal(new Set(started.map(({ key }) => key)).size, devices * perDevice);
    });
  }
});

t.test('what is posted reaches the session of that key, or all that are connected', async (t) => {
  const { sessions, started, end } = scene(t);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  const [ann, bob] = started;
  sessions.post(ann?.key ?? '', { type: 'fetch', pieces: [1] });
  sessions.postAll({ type: 'have', pieces: [2] });
  t.same(ann?.orders, ['fetch', 'have']);
  t.same(bob?.orders, ['have']);
  end(ann);
  sessions.post(ann?.key ?? '', { type: 'fetch', pieces: [1] });
  sessions.post('a stranger', { type: 'fetch', pieces: [1] });
  sessions.postAll({ type: 'have', pieces: [2] });
  t.same(ann?.orders, ['fetch', 'have']);
  t.same(bob?.orders, ['have', 'have']);
});

t.test('a peer that cannot be reached is dialled again, ever more slowly', async (t) => {
  const { sessions, started, clock, end } = scene(t);
  sessions.onOnline([onlinePeer('ann')]);
  let waitMs = REDIAL_MIN_MS;
  for (let dials = 1; dials < 10; dials++) {
    end(started.at(-1));
    clock.pass(waitMs - 1);
    t.equal(started.length, dials);
    clock.pass(1);
    t.equal(started.length, dials + 1);
    waitMs = Math.min(REDIAL_MAX_MS, waitMs * 2);
  }
  t.equal(waitMs, REDIAL_MAX_MS);
});

t.test(
  'one that brought a piece need not wait so long, one that is named again must',
  async (t) => {
    const { sessions, started, clock, end } = scene(t);
    sessions.onOnline([onlinePeer('ann')]);
    end(started[0]);
    clock.pass(REDIAL_MIN_MS);
    started[1]?.say(ready);
    started[1]?.say({ type: 'verified', pieces: [0] });
    end(started[1]);
    clock.pass(REDIAL_MIN_MS);
    t.equal(started.length, 3);
    end(started[2]);
    for (let push = 0; push < 100; push++) {
      sessions.onOnline([onlinePeer('ann', 'elsewhere')]);
      if (push % 2 === 0) sessions.onGone(['ann']);
    }
    clock.pass(2 * REDIAL_MIN_MS - 1);
    t.equal(started.length, 3, 'however often');
    clock.pass(1);
    t.equal(started.length, 4);
    t.match(started[3]?.peer.addresses, [{ host: 'elsewhere' }], 'at the newest address');
  },
);

t.test('one that opens and breaks waits ever longer, one that lasted does not', async (t) => {
  const { sessions, started, clock, end } = scene(t);
  sessions.onOnline([onlinePeer('ann')]);
  let waitMs = REDIAL_MIN_MS;
  for (let dials = 1; dials < 6; dials++) {
    started.at(-1)?.say(ready);
    // Bytes that no piece comes of are none that are owed.
    started.at(-1)?.say({ type: 'received', bytes: 1 });
    end(started.at(-1));
    clock.pass(waitMs - 1);
    t.equal(started.length, dials);
    clock.pass(1);
    t.equal(started.length, dials + 1);
    waitMs = Math.min(REDIAL_OPENED_MAX_MS, waitMs * 2);
  }
  // It had nothing that we lack yet, and was there.
  started.at(-1)?.say(ready);
  clock.pass(REDIAL_MAX_MS);
  end(started.at(-1));
  clock.pass(REDIAL_MIN_MS);
  t.equal(started.length, 7);
});

t.test('one that is far away gets further connections', async (t) => {
  const { sessions, started, dials } = scene(t);
  sessions.onOnline(peers(2));
  t.same(dials(), { 'device 0': 1, 'device 1': 1 });
  started[0]?.say(readyAfter(6 * LATENCY_PER_CONNECTION_MS));
  t.same(dials(), { 'device 0': 3, 'device 1': 1 }, 'half of six, for there are two');
  started[1]?.say(readyAfter(LATENCY_PER_CONNECTION_MS / 2));
  t.same(dials(), { 'device 0': 3, 'device 1': 1 });
  started[1]?.say(readyAfter(1_000 * LATENCY_PER_CONNECTION_MS));
  t.same(dials(), { 'device 0': 3, 'device 1': MAX_CONNECTIONS_PER_FAR_PEER / 2 });
});

t.test('that a peer is far away is known as soon as its machine answers', async (t) => {
  const { sessions, started, dials, heard } = scene(t);
  sessions.onOnline(peers(1));
  started[0]?.say({ type: 'accepted', latencyMs: 3 * LATENCY_PER_CONNECTION_MS });
  t.same(dials(), { 'device 0': 3 });
  started[0]?.say(readyAfter(LATENCY_PER_CONNECTION_MS / 2));
  t.same(dials(), { 'device 0': 3 });
  t.notOk(
    heard.some((what) => what.includes('accepted')),
    'the download need not know',
  );
});

t.test('who was called far away is called for more, who is relayed is not', async (t) => {
  const { sessions, started, dials, asked } = scene(t, 2);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  const far = readyAfter(3 * LATENCY_PER_CONNECTION_MS);
  started.find(({ peer }) => peer.deviceId === 'bob')?.say({ ...far, way: 'relayed' });
  t.same(dials(), { ann: 1, bob: 1 });
  started.find(({ peer }) => peer.deviceId === 'ann')?.say({ ...far, way: 'called' });
  t.same(dials(), { ann: 2, bob: 1 }, 'two share the work');
  t.ok(asked.includes('ann far'));
});

t.test('who has not answered yet is not far away, and who is relayed never is', async (t) => {
  const { sessions, started, dials } = scene(t, 2);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  const of = (id: string) => started.find(({ peer }) => peer.deviceId === id);
  of('ann')?.say({ type: 'asked', way: 'called', latencyMs: Infinity });
  of('bob')?.say({ type: 'asked', way: 'relayed', latencyMs: Infinity });
  t.same(dials(), { ann: 1, bob: 1 });
  // The connection has had another file before.
  of('bob')?.say({ type: 'asked', way: 'relayed', latencyMs: 4 * LATENCY_PER_CONNECTION_MS });
  t.same(dials(), { ann: 1, bob: 1 });
  of('ann')?.say({ type: 'asked', way: 'called', latencyMs: 4 * LATENCY_PER_CONNECTION_MS });
  t.same(dials(), { ann: 2, bob: 1 });
});

t.test('online, gone and ended in any order', async (t) => {
  type Event = 'online' | 'gone' | 'ended' | 'wait';
  const cases: [events: Event[], dials: number][] = [
    [['online', 'gone', 'wait'], 1],
    [['online', 'gone', 'online', 'wait'], 1],
    [['online', 'gone', 'ended', 'wait'], 1],
    [['online', 'ended', 'gone', 'wait'], 1],
    [['gone', 'online', 'wait'], 1],
    [['online', 'ended', 'wait'], 2],
    [['online', 'gone', 'ended', 'online'], 1],
    [['online', 'gone', 'ended', 'online', 'wait'], 2],
    [['online', 'ended', 'gone', 'online'], 1],
    [['online', 'ended', 'gone', 'online', 'wait'], 2],
    [['online', 'gone', 'online', 'ended', 'wait'], 2],
    [['online', 'ended', 'online', 'gone', 'wait'], 1],
    [['online', 'ended', 'wait', 'ended', 'online', 'wait'], 3],
  ];
  for (const [events, dials] of cases) {
    await t.test(events.join(', '), async (t) => {
      const { sessions, started, clock, end } = scene(t);
      for (const event of events) {
        if (event === 'online') sessions.onOnline([onlinePeer('ann')]);
        else if (event === 'gone') sessions.onGone(['ann']);
        else if (event === 'ended') end(started.at(-1));
        else clock.pass(REDIAL_MAX_MS);
      }
      t.equal(started.length, dials);
    });
  }
});

/** It has opened the file at h:1, was told elsewhere too, and its connection has broken. */
function lostScene(t: Test) {
  const world = scene(t);
  const { sessions, started, end } = world;
  const told = onlinePeer('ann', 'told');
  sessions.onOnline([{ ...told, calls: true }]);
  started[0]?.say(ready);
  started[0]?.say({ type: 'received', bytes: 1 });
  end(started[0]);
  return world;
}

/** How often whoever answers no dial is dialled within `ms`; a dial hangs for `hangMs`. */
function dialsWithin({ clock, started, end }: ReturnType<typeof scene>, ms: number, hangMs = 0) {
  const before = started.length;
  const endMs = clock.nowMs + ms;
  while (clock.nowMs < endMs) {
    const count = started.length;
    clock.pass(100);
    if (started.length === count) continue;
    clock.pass(hangMs);
    end(started.at(-1), { code: 'TIMEOUT', message: 'silent' });
  }
  return started.length - before;
}

t.test('one that is lost is dialled at a steady pace where it was, in time more slowly', (t) => {
  const world = lostScene(t);
  const { sessions, started } = world;
  sessions.onLost(['ann']);
  const fast = dialsWithin(world, SILENT_PEER_AWAITED_MS - 10_000);
  const most = SILENT_PEER_AWAITED_MS / REDIAL_OPENED_MAX_MS;
  t.ok(fast > 0.9 * most && fast <= most + 2, `${fast} dials`);
  const { deviceId, userId, complete } = onlinePeer('ann');
  const dialled = { deviceId, userId, complete, addresses: [{ host: 'h', port: 1 }] };
  t.same(started.at(-1)?.peer, dialled, 'nobody calls it');
  dialsWithin(world, 10_000);
  const slow = dialsWithin(world, SILENT_PEER_AWAITED_MS);
  t.ok(slow > 0 && slow <= SILENT_PEER_AWAITED_MS / REDIAL_MAX_MS, `${slow} dials`);
  dialsWithin(world, LOST_PEER_KEPT_MS);
  t.equal(dialsWithin(world, LOST_PEER_KEPT_MS), 0, 'in the end the tracker has to tell of it');
  t.end();
});

t.test('a dial that hangs is followed by the next one at once', (t) => {
  const world = lostScene(t);
  world.sessions.onLost(['ann']);
  const hangMs = 10_000;
  const dials = dialsWithin(world, 210_000, hangMs);
  t.ok(dials >= 210_000 / (hangMs + REDIAL_MIN_MS + 200), `${dials} dials`);
  t.end();
});

t.test('one that is back comes with all its connections, whatever the tracker says of it', (t) => {
  const { sessions, started, clock, end, dials } = scene(t, 2);
  sessions.onOnline([onlinePeer('ann')]);
  for (const session of [...started]) session.say(ready);
  for (const session of [...started]) end(session);
  for (let dial = 0; dial < 12; dial++) {
    clock.pass(REDIAL_MAX_MS);
    for (const session of started.slice(-2)) end(session);
  }
  clock.pass(REDIAL_OPENED_MAX_MS);
  started.at(-1)?.say(ready);
  const before = dials()['ann']!;
  clock.pass(REDIAL_OPENED_MAX_MS);
  t.equal(dials()['ann'], before + 1, 'the other one waits no longer');
  sessions.onLost(['ann']);
  t.same(started.at(-2)?.orders, [], 'what goes on is left alone');
  t.end();
});

t.test(
  'who ended its share, was never met, refuses, or is out of the group is not waited for',
  (t) => {
    const refusal = (code: ErrorCode) => (world: ReturnType<typeof scene>) => {
      world.sessions.onLost(['ann']);
      world.clock.pass(REDIAL_OPENED_MAX_MS);
      world.end(world.started.at(-1), { code, message: 'no' });
    };
    const cases: Record<string, (world: ReturnType<typeof scene>) => void> = {
      ended: ({ sessions }) => sessions.onGone(['ann']),
      'lost, then ended': ({ sessions }) => {
        sessions.onLost(['ann']);
        sessions.onGone(['ann']);
      },
      'not shared': refusal('NOT_SHARED'),
      'another device': refusal('PEER_IDENTITY'),
      revoked: refusal('REVOKED'),
      'out of the group': ({ sessions }) => {
        sessions.onLost(['ann']);
        sessions.onUsersRemoved(['user of ann']);
      },
      banned: ({ sessions, banned }) => {
        sessions.onLost(['ann']);
        banned.add('ann');
      },
    };
    for (const [name, happens] of Object.entries(cases)) {
      const world = lostScene(t);
      happens(world);
      t.equal(dialsWithin(world, 5 * REDIAL_MAX_MS), 0, name);
    }
    const world = scene(t);
    world.sessions.onOnline([onlinePeer('ann')]);
    world.end(world.started[0]);
    world.sessions.onLost(['ann']);
    t.equal(dialsWithin(world, 5 * REDIAL_MAX_MS), 0, 'never met');
    const relayed = scene(t);
    relayed.sessions.onOnline([onlinePeer('ann')]);
    relayed.started[0]?.say({ ...ready, way: 'relayed' });
    relayed.end(relayed.started[0]);
    relayed.sessions.onLost(['ann']);
    t.equal(dialsWithin(relayed, 5 * REDIAL_MAX_MS), 0, 'met through a relay');
    t.end();
  },
);

t.test('nobody who is lost is dialled while somebody delivers', (t) => {
  const { sessions, started, clock, end, dials } = scene(t);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  for (const session of [...started]) session.say(ready);
  end(started[0]);
  sessions.onLost(['ann']);
  for (let passed = 0; passed < DROP_SNUBBED_AFTER_MS; passed += 1_000) {
    started[1]?.say({ type: 'received', bytes: 1 });
    sessions.onTick();
    clock.pass(1_000);
  }
  t.same(dials(), { ann: 1, bob: 1 });
  clock.pass(MUTE_PLACE_MS);
  sessions.onTick();
  t.same(dials(), { ann: 2, bob: 1 }, 'as soon as nothing comes');
  t.end();
});

t.test('so many are waited for, those who were heard last', (t) => {
  const world = scene(t);
  const { sessions, clock, end } = world;
  const all = peers(MAX_LOST_PEERS_PER_DOWNLOAD + 4);
  sessions.onOnline(all);
  // Each makes room for others.
  for (const session of world.started) {
    session.say(ready);
    clock.pass(10);
  }
  for (const session of [...world.started]) end(session);
  const before = world.started.length;
  sessions.onLost(all.map(({ deviceId }) => deviceId));
  clock.pass(REDIAL_OPENED_MAX_MS);
  const dialled = new Set(world.started.slice(before).map(({ peer }) => peer.deviceId));
  t.same(dialled, new Set(all.slice(4).map(({ deviceId }) => deviceId)));
  t.end();
});

t.test('a device that is banned is dialled no more, on whatever connection', async (t) => {
  const { sessions, started, clock, dials, end, banned } = scene(t, 4);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  t.same(dials(), { ann: 2, bob: 2 });
  const ofAnn = started.filter(({ peer }) => peer.deviceId === 'ann');
  banned.add('ann');
  for (const session of ofAnn) end(session, undefined);
  clock.pass(REDIAL_MAX_MS);
  sessions.onOnline([onlinePeer('ann')]);
  sessions.onGone(['ann']);
  sessions.onOnline([onlinePeer('ann')]);
  clock.pass(REDIAL_MAX_MS);
  t.equal(dials()['ann'], 2);
  t.same(started.find(({ peer }) => peer.deviceId === 'bob')?.orders, []);
});

t.test('a device that is banned while it waits is not dialled again', async (t) => {
  const { sessions, started, clock, end, banned } = scene(t);
  sessions.onOnline([onlinePeer('ann')]);
  end(started[0]);
  banned.add('ann');
  clock.pass(REDIAL_MAX_MS);
  t.equal(started.length, 1);
});

t.test('the share of a banned device goes to the others with the next news', async (t) => {
  const { sessions, started, dials, end, banned } = scene(t, 4);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  const ofAnn = started.filter(({ peer }) => peer.deviceId === 'ann');
  banned.add('ann');
  for (const session of ofAnn) end(session, undefined);
  sessions.onOnline([onlinePeer('bob')]);
  t.same(dials(), { ann: 2, bob: 4 });
});

t.test('there are so many places; who waits gets the one that becomes free', async (t) => {
  const { sessions, started, dials, end, openAll } = scene(t);
  const all = peers(MAX_PEERS_PER_DOWNLOAD + 2);
  const [first, second] = all.slice(-2);
  openAll(all);
  t.equal(started.length, MAX_PEERS_PER_DOWNLOAD);
  end(started[0]);
  t.equal(started.length, MAX_PEERS_PER_DOWNLOAD + 1);
  t.equal(dials()[first?.deviceId ?? ''], 1);
  sessions.onGone([second?.deviceId ?? '']);
  end(started[1]);
  t.equal(started.length, MAX_PEERS_PER_DOWNLOAD + 1, 'the other one went before its turn');
});

t.test('a redial that is due while all places are taken waits for one', async (t) => {
  const { started, clock, end, openAll } = scene(t);
  openAll(peers(MAX_PEERS_PER_DOWNLOAD + 1));
  started.at(-1)?.say(ready);
  end(started[0]);
  clock.pass(REDIAL_MAX_MS);
  t.equal(started.length, MAX_PEERS_PER_DOWNLOAD + 1);
  end(started[1]);
  t.equal(started.length, MAX_PEERS_PER_DOWNLOAD + 2);
  t.equal(started.at(-1)?.peer.deviceId, started[0]?.peer.deviceId);
});

t.test('who is told of again while it waits long is dialled soon, and once', async (t) => {
  const { sessions, started, clock, end } = scene(t);
  const ann = [onlinePeer('ann')];
  sessions.onOnline(ann);
  // In vain until its wait is the longest there is.
  while (started.length < 9) {
    end(started.at(-1));
    clock.pass(REDIAL_MAX_MS);
  }
  end(started.at(-1));
  for (let told = 0; told < 3; told++) sessions.onOnline(ann);
  t.equal(started.length, 9, 'not at once');
  clock.pass(REDIAL_OPENED_MAX_MS);
  t.equal(started.length, 10);
  end(started.at(-1));
  clock.pass(REDIAL_OPENED_MAX_MS);
  t.equal(started.length, 10, 'it waits as long as before when nobody tells of it');
});

t.test('close releases every session and waits until no task knows the file', async (t) => {
  const { sessions, started, clock, end } = scene(t);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob'), onlinePeer('cat')]);
  const [ann, bob, cat] = started;
  end(ann);
  const closed: string[] = [];
  const closing = sessions.close().then(() => closed.push('closed'));
  t.same([ann?.orders, bob?.orders, cat?.orders], [[], ['release'], ['release']]);
  t.equal(clock.timerCount, 0, 'nobody is redialled');
  end(bob, undefined);
  await bob?.settled;
  t.same(closed, []);
  // A thread that crashed knows no file either.
  cat?.crash(new Error('the thread is gone'));
  await closing;
  cat?.say({ type: 'ended', error: undefined });
  sessions.onOnline([onlinePeer('ann'), onlinePeer('dan')]);
  clock.pass(REDIAL_MAX_MS);
  t.equal(started.length, 3);
  await sessions.close();
});

t.test('only so many are dialled that have not opened the file yet', async (t) => {
  const { sessions, started, end } = scene(t);
  sessions.onOnline(peers(MAX_PEERS_PER_DOWNLOAD));
  t.equal(started.length, MAX_UNPROVEN_DIALS_PER_DOWNLOAD);
  started[0]?.say(ready);
  started[0]?.say(ready);
  t.equal(started.length, MAX_UNPROVEN_DIALS_PER_DOWNLOAD + 1, 'one that has makes room');
  end(started[0]);
  t.equal(started.length, MAX_UNPROVEN_DIALS_PER_DOWNLOAD + 1, 'once');
  end(started[1]);
  t.equal(started.length, MAX_UNPROVEN_DIALS_PER_DOWNLOAD + 2, 'and so does one that fails');
});

t.test('a peer that may not be dialled yet is dialled when it may', async (t) => {
  const { sessions, started, dials, barred } = scene(t, 4);
  for (const one of ['ann', 'ann further', 'bob further']) barred.add(one);
  sessions.onOnline([onlinePeer('ann'), onlinePeer('bob')]);
  t.same(dials(), { bob: 1 });
  sessions.retry();
  t.same(dials(), { bob: 1 });
  barred.clear();
  sessions.retry();
  t.same(dials(), { ann: 2, bob: 2 });
  await Promise.all([sessions.close(), ...started.map(async (session) => session.settle())]);
  sessions.retry();
  t.equal(started.length, 4);
});

t.test(
  'mute devices of one user hold few places, and none for long when others wait',
  async (t) => {
    const { sessions, started, clock, end } = scene(t);
    const mute = Array.from({ length: 160 }, (_, number) => ({
      ...onlinePeer(`mute ${number}`),
      userId: 'mallory',
    }));
    sessions.onOnline(mute);
    t.equal(started.length, MAX_DEVICES_PER_USER);
    sessions.onOnline([onlinePeer('ann')]);
    t.equal(started.at(-1)?.peer.deviceId, 'ann', 'another user does not wait for them');
    started.at(-1)?.say(ready);
    started.at(-1)?.say({ type: 'received', bytes: 1 });
    clock.pass(MUTE_PLACE_MS - 1);
    sessions.onTick();
    t.same(
      started.flatMap(({ orders }) => orders),
      [],
    );
    clock.pass(1);
    sessions.onTick();
    const closed = started.filter(({ orders }) => orders.includes('close'));
    t.same(
      closed.map(({ peer }) => peer.deviceId),
      ['mute 0', 'mute 1', 'mute 2', 'mute 3'],
      'one that has delivered keeps its place',
    );
    end(closed[0]);
    t.equal(started.at(-1)?.peer.deviceId, 'mute 4', 'whoever has had none is first');
  },
);

t.test('a silent peer keeps its place while nobody waits for it', async (t) => {
  const { sessions, started, clock } = scene(t);
  sessions.onOnline([onlinePeer('ann')]);
  clock.pass(10 * MUTE_PLACE_MS);
  sessions.onTick();
  t.same(started[0]?.orders, []);
});

t.test('a session whose peer is told of elsewhere is given up when it is silent', async (t) => {
  const { sessions, started, end, clock, dials } = scene(t);
  const ann = onlinePeer('ann');
  const moved = { ...ann, addresses: [{ host: '192.0.2.99', port: 1 }] };
  sessions.onOnline([ann]);
  started[0]?.say({ ...ready, address: ann.addresses[0]! });
  sessions.onOnline([ann]);
  clock.pass(PATH_SILENCE_MS);
  sessions.onTick();
  t.same(started[0]?.orders, [], 'nothing is wrong with it');
  sessions.onOnline([moved]);
  started[0]?.say({ type: 'received', bytes: 1 });
  sessions.onTick();
  t.same(started[0]?.orders, [], 'something came in');
  clock.pass(PATH_SILENCE_MS);
  sessions.onTick();
  t.same(started[0]?.orders, ['close']);
  end(started[0], undefined);
  t.same(dials(), { ann: 2 }, 'at once');
  t.same(started[1]?.peer.addresses, moved.addresses);
});

t.test('a relayed session ends at once when its peer can be dialled', async (t) => {
  const { sessions, started, end, dials } = scene(t);
  const ann = onlinePeer('ann');
  const unreached = { ...ann, addresses: [], calls: true };
  sessions.onOnline([unreached]);
  started[0]?.say({ ...ready, way: 'relayed' });
  sessions.onOnline([unreached]);
  t.same(started[0]?.orders, [], 'nothing is better yet');
  sessions.onOnline([ann]);
  t.same(started[0]?.orders, ['close']);
  end(started[0], undefined);
  t.same(dials(), { ann: 2 }, 'and begins anew');
  t.same(started[1]?.peer.addresses, ann.addresses);
});

t.test('after a change of network what is silent is dialled again, and what waited', async (t) => {
  const { sessions, started, end, clock, dials } = scene(t);
  const [ann, bob, cleo] = ['ann', 'bob', 'cleo'].map((id) => onlinePeer(id));
  sessions.onOnline([ann!, bob!, cleo!]);
  for (const session of started) session.say({ ...ready, address: session.peer.addresses[0]! });
  end(started[2]);
  t.same(dials(), { ann: 1, bob: 1, cleo: 1 });
  sessions.onNetworkChanged();
  t.same(dials(), { ann: 1, bob: 1, cleo: 2 });
  clock.pass(PATH_SILENCE_MS);
  started[1]?.say({ type: 'received', bytes: 1 });
  started[3]?.say({ type: 'received', bytes: 1 });
  sessions.onTick();
  t.same(started[0]?.orders, ['close']);
  t.same(started[1]?.orders, [], 'that goes on');
  clock.pass(PATH_SILENCE_MS);
  sessions.onTick();
  t.same(started[1]?.orders, [], 'and is as good as before');
});

t.test('only who is told to have everything is given pieces before it says what it has', (t) => {
  const { sessions, started, heard } = scene(t);
  sessions.onOnline([onlinePeer('ann'), { ...onlinePeer('bob'), complete: false }]);
  for (const session of started) session.say({ type: 'asked', latencyMs: 1 });
  t.same(
    heard.filter((line) => line.startsWith('asked')),
    ['asked ann'],
  );
  t.end();
});

t.test(
  'one that was away is dialled anew as soon as it is found beside its connection',
  async (t) => {
    const { clock, sessions, started, looks } = scene(t);
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    sessions.onOnline([onlinePeer('ann')]);
    started[0]?.say(ready);
    clock.pass(PEER_SILENCE_MS - 1);
    sessions.onTick();
    t.equal(looks.length, 0);
    clock.pass(1);
    sessions.onTick();
    sessions.onTick();
    t.match(
      looks,
      [{ deviceId: 'ann', address: { host: 'h', port: 1 } }],
      'where it was met, once',
    );
    looks[0]?.found(false);
    await turn();
    // Others are to have what it owes: it has said nothing.
    started[0]?.say({ type: 'returned', pieces: [0], rejected: false });
    sessions.onTick();
    clock.pass(SILENT_PEER_PAUSE_MS);
    looks[1]?.found(true);
    await turn();
    clock.pass(BACK_PEER_GRACE_MS);
    t.same(started[0]?.posted.at(-1), { type: 'close' });
    started[0]?.say({ type: 'ended', error: undefined });
    t.equal(started.length, 2, 'at once');
    for (const session of started) session.settle();
    await sessions.close();
  },
);

t.test(
  'nobody is looked for while somebody delivers, or who was not dialled, or is of no use',
  async (t) => {
    const { clock, sessions, started, looks, unwanted } = scene(t);
    sessions.onOnline([onlinePeer('ann'), onlinePeer('bob'), onlinePeer('cat'), onlinePeer('dan')]);
    started[2]?.say({ ...ready, way: 'called' });
    started[3]?.say(ready);
    unwanted.add('dan');
    started[0]?.say(ready);
    started[1]?.say({ ...ready, way: 'relayed' });
    clock.pass(PEER_SILENCE_MS - 1);
    started[1]?.say({ type: 'received', bytes: 1 });
    clock.pass(1);
    sessions.onTick();
    t.equal(looks.length, 0);
    clock.pass(PEER_SILENCE_MS);
    sessions.onTick();
    t.same(
      looks.map(({ deviceId }) => deviceId),
      ['ann'],
    );
    const closing = sessions.close();
    t.ok(looks[0]?.calledOff.aborted, 'nor after the end');
    for (const session of started) session.settle();
    await closing;
  },
);
