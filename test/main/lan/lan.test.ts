/** The owner of it all, with a fake network: what is asked and answered, and what hostile letters cost. */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { HeardChange } from '../../../src/main/lan/heard-peers.js';
import { Lan } from '../../../src/main/lan/lan.js';
import {
  letterWriterOf,
  openLetter,
  sealLetter,
  type LanLetter,
} from '../../../src/main/lan/lan-letter.js';
import type { LanSocketEvents, LetterSource } from '../../../src/main/lan/lan-sockets.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { LAN_LETTER_LIFE_MS, LAN_SOURCE_BURST } from '../../../src/net/limits.js';

const groupKey = randomBytes(32);
const otherKey = randomBytes(32);
const fileId = 'ab'.repeat(32);
const mine = createDeviceCredentials();
const peer = createDeviceCredentials();
const source: LetterSource = { host: '192.168.1.9', port: 5_000 };
const TRACKER_MS = 1_700_000_000_000;

class FakeSockets {
  readonly events: LanSocketEvents;
  readonly asked: Buffer[] = [];
  readonly answered: { bytes: Buffer; to: LetterSource }[] = [];
  readyHosts: string[] = [];
  readonly faults: string[] = [];

  constructor(events: LanSocketEvents) {
    this.events = events;
  }
  open(): void {
    this.readyHosts = ['192.168.1.5'];
    this.events.onReady();
  }
  ask(letterFor: () => Buffer | undefined): void {
    const bytes = letterFor();
    if (bytes) this.asked.push(bytes);
  }
  answer(bytes: Buffer, to: LetterSource): void {
    this.answered.push({ bytes, to });
  }
  close(): Promise<void> {
    this.readyHosts = [];
    return Promise.resolve();
  }
}

async function startLan(t: Test) {
  const world = { nowMs: 0, changes: [] as HeardChange[], wanted: [] as string[], offers: ['g'] };
  let sockets: FakeSockets | undefined;
  const lan = new Lan({
    keys: {
      of: (groupId) => ({ g: groupKey, h: otherKey })[groupId],
      want: (groupIds) => (world.wanted = [...groupIds]),
    },
    offers: {
      groupIds: () => world.offers,
      fileOf: (file) => (file.fileId === fileId ? { isComplete: true } : undefined),
    },
    listening: () => [{ host: '::', port: 7 }],
    own: () => [{ host: '192.168.1.5', interfaceName: 'eth0', isInternal: false }],
    credentials: () => Promise.resolve(mine),
    userId: () => 'ann',
    isTrackerAway: () => true,
    trackerMs: () => TRACKER_MS,
    steadyMs: () => world.nowMs,
    onChange: (change) => world.changes.push(change),
    createSockets: (events) => (sockets = new FakeSockets(events)),
  });
  lan.start();
  await nextTurn();
  t.teardown(() => lan.close());
  return { lan, world, sockets: sockets! };
}

const seal = (letter: LanLetter, how: { key?: Buffer; nowMs?: number; by?: typeof peer } = {}) =>
  sealLetter(letter, {
    groupKey: how.key ?? groupKey,
    writer: letterWriterOf(how.by ?? peer),
    nowMs: how.nowMs ?? TRACKER_MS,
  });
const ask: LanLetter = { kind: 'ask', fileIds: [fileId] };
const have: LanLetter = {
  kind: 'have',
  port: 9,
  userId: 'bob',
  files: [{ fileId, isComplete: true }],
};

t.test('nothing is said before a content is wanted; then it is asked for at once', async (t) => {
  const { lan, sockets } = await startLan(t);
  t.same(sockets.asked, []);
  t.same(lan.watch({ groupId: 'g', fileId }), []);
  const [letter] = sockets.asked.map((bytes) => openLetter(bytes, groupKey));
  t.match(letter, { letter: ask, deviceId: deviceIdOfCredentials(mine), atMs: TRACKER_MS });
  sockets.events.onAsked(sockets.asked[0]!, source);
  t.same(sockets.answered, [], 'its own letter comes back, and is none');
});

t.test('a member is answered at the address from which it asks', async (t) => {
  const { sockets } = await startLan(t);
  sockets.events.onAsked(seal(ask), source);
  const [answer] = sockets.answered;
  t.same(answer?.to, source);
  const files = [{ fileId, isComplete: true }];
  t.match(openLetter(answer!.bytes, groupKey), {
    letter: { kind: 'have', port: 7, userId: 'ann', files },
  });
});

t.test('who answers is told of, at the address from which it does', async (t) => {
  const { lan, world, sockets } = await startLan(t);
  lan.watch({ groupId: 'g', fileId });
  sockets.events.onAnswer(seal(have), source);
  const address = { host: source.host, port: 9 };
  const deviceId = deviceIdOfCredentials(peer);
  const online = [{ deviceId, userId: 'bob', addresses: [address], complete: true }];
  t.same(world.changes, [{ groupId: 'g', fileId, online, gone: [] }]);
  t.ok(lan.hasHeard(address));
  t.same(lan.watch({ groupId: 'g', fileId }), online, 'a second one who wants it hears it at once');
  lan.unwatch({ groupId: 'g', fileId });
  t.ok(lan.hasHeard(address), 'the first one wants it still');
  lan.unwatch({ groupId: 'g', fileId });
  t.notOk(lan.hasHeard(address));
});

const hostile: readonly [string, () => Buffer, LetterSource?][] = [
  ['noise', () => randomBytes(400)],
  ['nothing', () => Buffer.alloc(0)],
  ['a letter that is too long', () => Buffer.concat([seal(ask), Buffer.alloc(1_200)])],
  ['a cut one', () => seal(ask).subarray(0, 200)],
  ['one of another group', () => seal(ask, { key: randomBytes(32) })],
  ['one of a group of ours in which nothing is served', () => seal(ask, { key: otherKey })],
  ['an old one', () => seal(ask, { nowMs: TRACKER_MS - LAN_LETTER_LIFE_MS - 1 })],
  ['one of the future', () => seal(ask, { nowMs: TRACKER_MS + LAN_LETTER_LIFE_MS + 1 })],
  ['one about what is not here', () => seal({ kind: 'ask', fileIds: ['cd'.repeat(32)] })],
  ['an answer that nobody asked for', () => seal(have)],
  ['one from outside of the network', () => seal(ask), { host: '8.8.8.8', port: 5 }],
  ['one from nowhere', () => seal(ask), { host: '224.0.0.1', port: 5 }],
];

t.test(
  'a content that nobody here asked for is told of to nobody, whoever offers it',
  async (t) => {
    const { lan, world, sockets } = await startLan(t);
    const other = 'cd'.repeat(32);
    const offer = (...fileIds: string[]): void => {
      const files = fileIds.map((id) => ({ fileId: id, isComplete: true }));
      sockets.events.onAnswer(seal({ ...have, files }), source);
    };
    offer(other, fileId);
    t.same(world.changes, [], 'nothing is wanted');
    lan.watch({ groupId: 'g', fileId });
    offer(other);
    t.same(world.changes, []);
    offer(other, fileId);
    t.match(world.changes, [{ fileId }]);
    t.equal(world.changes.length, 1);
    t.same(lan.watch({ groupId: 'g', fileId: other }), [], 'nor is it remembered for later');
  },
);

t.test('hostile letters are not answered, and nobody is told of what they claim', async (t) => {
  for (const [title, make, from = source] of hostile) {
    const { world, sockets } = await startLan(t);
    sockets.events.onAsked(make(), from);
    sockets.events.onAnswer(make(), from);
    t.same([sockets.answered, world.changes], [[], []], title);
  }
});

t.test(
  'one letter, however often it comes, is answered once; a flood a bounded number of times',
  async (t) => {
    const { sockets } = await startLan(t);
    const letter = seal(ask);
    for (let times = 0; times < 100; times++) sockets.events.onAsked(letter, source);
    t.equal(sockets.answered.length, 1);
    for (let times = 0; times < 100; times++) sockets.events.onAsked(seal(ask), source);
    t.equal(sockets.answered.length, LAN_SOURCE_BURST);
  },
);

t.test('once stopped it hears nothing', async (t) => {
  const { lan, world, sockets } = await startLan(t);
  lan.watch({ groupId: 'g', fileId });
  await lan.stop();
  sockets.events.onAsked(seal(ask), source);
  sockets.events.onAnswer(seal(have), source);
  t.same([sockets.answered, world.changes, world.wanted], [[], [], []]);
});
