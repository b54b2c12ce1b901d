import t from 'tap';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import { LanKeys } from '../../../src/main/account/lan-keys.js';
import { TrackerError } from '../../../src/net/errors.js';
import { MAX_LAN_GROUPS, MAX_LAN_KEYS_PER_CALL } from '../../../src/net/limits.js';
import { FakeAccountLink } from '../../fixtures/fake-account-link.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';

const keyOf = (groupId: string, epoch: number): string =>
  Buffer.from(`${epoch} ${groupId}`.padEnd(32)).toString('base64');

function open(isRefused = false) {
  const world = { epoch: 1, members: new Set(['g', 'h']) };
  const tracker = new FakeTrackerCalls({
    lanKeys: ({ groupIds }) => {
      if (isRefused) throw new TrackerError('BAD_REQUEST', 'an older tracker');
      const { epoch } = world;
      const its = groupIds.filter((groupId) => world.members.has(groupId));
      return { keys: its.map((groupId) => ({ groupId, epoch, key: keyOf(groupId, epoch) })) };
    },
  });
  const link = new FakeAccountLink(tracker);
  const background = new BackgroundWork((event) => {
    throw new Error(`nobody is told of ${event.type}`);
  });
  const keys = new LanKeys({ link, background });
  const of = (groupId: string): string | undefined => keys.of(groupId)?.toString('base64');
  return { world, tracker, link, background, keys, of };
}

t.test('keys of wanted groups are asked for once, in as few calls as fit', async (t) => {
  const { tracker, keys, of, background } = open();
  let heard = 0;
  keys.hear(() => heard++);
  keys.want(['g', 'h', 'strange']);
  keys.want(['g', 'h', 'strange']);
  await background.settled();
  t.same(tracker.paramsOf('lanKeys'), [{ groupIds: ['g', 'h', 'strange'] }]);
  t.same([of('g'), of('h'), of('strange')], [keyOf('g', 1), keyOf('h', 1), undefined]);
  t.equal(heard, 1);
  keys.want(['g']);
  t.equal(of('h'), undefined, 'what is not wanted any more is forgotten');
  keys.want([]);
  t.equal(of('g'), undefined);
});

t.test('who leaves takes an old key along', async (t) => {
  const { world, tracker, keys, of, background } = open();
  keys.want(['g']);
  await background.settled();
  world.epoch = 2;
  keys.onEpoch('g');
  await background.settled();
  t.equal(of('g'), keyOf('g', 2));
  world.members.clear();
  keys.onTrackerBack();
  await background.settled();
  t.equal(of('g'), undefined, 'this user was the one who left');
  t.equal(tracker.methods.length, 3);
});

t.test('one that came with a ticket is not asked for', async (t) => {
  const { tracker, keys, of, background } = open();
  keys.learn('g', keyOf('g', 1));
  keys.want(['g']);
  await background.settled();
  t.equal(of('g'), keyOf('g', 1));
  t.same(tracker.methods, []);
  keys.want([]);
  for (let n = 0; n <= MAX_LAN_GROUPS; n++) keys.learn(`group ${n}`, keyOf('g', 1));
  t.equal(of('group 0'), undefined, 'of too many the oldest goes');
  t.equal(of(`group ${MAX_LAN_GROUPS}`), keyOf('g', 1));
});

t.test('without a tracker, or with an older one, there are none and nobody minds', async (t) => {
  const { tracker, link, keys, of, background } = open(true);
  link.isConnected = false;
  keys.want(['g']);
  t.same(tracker.methods, [], 'it is away');
  link.isConnected = true;
  keys.onTrackerBack();
  await background.settled();
  t.same([tracker.methods.length, of('g')], [1, undefined]);
});

t.test('more groups than there are places for are left out', async (t) => {
  const { tracker, keys, background } = open();
  keys.want(Array.from({ length: 2 * MAX_LAN_GROUPS }, (_, n) => `group ${n}`));
  await background.settled();
  const asked = tracker.paramsOf('lanKeys').map(({ groupIds }) => groupIds.length);
  t.ok(asked.every((count) => count <= MAX_LAN_KEYS_PER_CALL));
  t.equal(
    asked.reduce((sum, count) => sum + count, 0),
    MAX_LAN_GROUPS,
  );
});
