/**
 * Changes whose answer is lost: the connection is cut when the tracker has carried them out and before its answer is there.
 * The client's link asks again by itself, at the same tracker on SQLite, and at another one on PostgreSQL.
 */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadDeviceCredentials } from '../../src/main/home/device-key-file.js';
import { openHome } from '../../src/main/home/home.js';
import { KnownTrackers } from '../../src/main/tracker-link/known-trackers.js';
import { TrackerAddresses } from '../../src/main/tracker-link/tracker-addresses.js';
import { TrackerLink } from '../../src/main/tracker-link/tracker-link.js';
import { hashInviteCode } from '../../src/net/invites.js';
import type { PeerAddress, TrackerMethod, TrackerMethods } from '../../src/net/tracker-api.js';
import { noPostgres, PostgresServer } from '../fixtures/postgres-server.js';
import { noRedis, RedisServer } from '../fixtures/redis-server.js';
import { testFolder } from '../fixtures/test-folder.js';
import { TrackerCable } from '../fixtures/tracker-cable.js';
import {
  connect,
  createDevice,
  enter,
  openTracker,
  sampleFile,
  type Person,
} from '../tracker/tracker-client.js';
import type { Tracker } from '../../src/tracker/tracker.js';

const HOUR_MS = 3_600_000;
const secretOf = (groupId: string): string => `a secret of ${groupId} that nobody guesses`;
const PASSWORD = 'the password of ann';

interface Scene {
  /** Whoever asks; at the first tracker, by a cable. */
  readonly link: TrackerLink;
  readonly cable: TrackerCable;
  /** Where the change is looked at, by people at the last tracker. */
  readonly owner: Person;
  readonly ben: Person;
  /** A user id, or group id, that was not named before. */
  readonly fresh: () => string;
}

/** A call, what has to be so before it, what it answers, and what has to be so once behind it. */
interface LostCall<M extends TrackerMethod = TrackerMethod> {
  readonly method: M;
  /** Of a group of which ann is the owner, and in which ben is a member. */
  readonly prepare?: (scene: Scene, groupId: string) => Promise<unknown>;
  readonly params: (groupId: string, scene: Scene) => TrackerMethods[M]['params'];
  readonly answer: object;
  /** The action in the history of the group, of which there is to be one. */
  readonly action?: string;
}

const call = <M extends TrackerMethod>(lost: LostCall<M>): LostCall => lost;

const invite = (groupId: string) => ({
  ...{ groupId, inviteId: hashInviteCode(secretOf(groupId)), uses: 1, lifetimeMs: HOUR_MS },
});
const ben = (groupId: string) => ({ groupId, userId: 'ben' });
const cora = (groupId: string) => ({ groupId, userId: 'cora' });
const ask = ({ owner }: Scene, groupId: string) => owner.client.call('joinGroup', { groupId });
const share = async ({ link }: Scene, groupId: string) => {
  const { fileId, description } = sampleFile(1);
  await link.call('shareFile', { groupId, name: 'film', fileId, description });
};

const calls: readonly LostCall[] = [
  call({
    method: 'createUser',
    params: (_, { fresh }) => ({ userId: fresh(), password: 'p' }),
    answer: {},
  }),
  call({
    method: 'createGroup',
    params: (_, { fresh }) => ({ groupId: fresh() }),
    answer: { epoch: 1 },
  }),
  call({ method: 'acceptRequest', prepare: ask, params: cora, answer: {}, action: 'accept' }),
  call({ method: 'rejectRequest', prepare: ask, params: cora, answer: {}, action: 'reject' }),
  call({
    method: 'kick',
    prepare: ({ link }, groupId) => link.call('createInvite', invite(groupId)),
    params: ben,
    answer: { endedInvites: 1 },
    action: 'kick',
  }),
  call({ method: 'ban', params: ben, answer: { endedInvites: 0 }, action: 'ban' }),
  call({
    method: 'unban',
    prepare: ({ link }, groupId) => link.call('ban', ben(groupId)),
    params: ben,
    answer: {},
    action: 'unban',
  }),
  call({
    method: 'setRole',
    params: (groupId) => ({ ...ben(groupId), role: 'admin' }),
    answer: { isChanged: true },
    action: 'role',
  }),
  call({ method: 'transferOwner', params: ben, answer: {}, action: 'owner' }),
  call({
    method: 'createInvite',
    params: invite,
    answer: { role: 'member' },
    action: 'invite',
  }),
  call({
    method: 'revokeInvite',
    prepare: ({ link }, groupId) => link.call('createInvite', invite(groupId)),
    params: (groupId) => ({ groupId, inviteId: invite(groupId).inviteId }),
    answer: { isKnown: true },
    action: 'revoke',
  }),
  call({
    method: 'shareFile',
    prepare: share,
    params: (groupId) => {
      const { fileId, description } = sampleFile(2);
      return { groupId, name: 'film', fileId, description, replace: true };
    },
    answer: { outcome: 'replaced' },
    action: 'replace',
  }),
  call({
    method: 'stopShare',
    prepare: share,
    params: (groupId) => ({ groupId, name: 'film' }),
    answer: { fileId: sampleFile(1).fileId },
    action: 'stop',
  }),
  call({
    method: 'leaveGroup',
    params: (groupId) => ({ groupId }),
    answer: { newOwner: 'ben' },
    action: 'leave',
  }),
];

/** A link as an engine has it, which takes its session up again. */
async function linkTo(t: Test, folder: string, addresses: readonly PeerAddress[]) {
  const home = await openHome({ P2P_HOME: folder });
  const session: { token?: string } = {};
  const link = await TrackerLink.connect({
    addresses: new TrackerAddresses({ said: addresses }),
    credentials: await loadDeviceCredentials(home),
    knownTrackers: new KnownTrackers(home),
    onConnected: async (calls) => {
      const { token } = session;
      if (token !== undefined) await calls.call('resume', { token });
    },
    onNotification: () => undefined,
    onEvent: () => undefined,
  });
  t.teardown(() => link.close());
  return { link, session };
}

/** Two who ask, `ann` by a link that may lose answers, and people who look. */
async function runLostAnswers(t: Test, trackers: readonly Tracker[]): Promise<void> {
  const folder = testFolder(t);
  const [first] = trackers as [Tracker];
  const last = trackers.at(-1)!;
  const owner = await enter(last, 'cora');
  const benPerson = await enter(last, 'ben');
  let number = 0;
  const fresh = (): string => `new-${number++}`;

  const open = async (t: Test, userId: string): Promise<Scene & { token: string }> => {
    const cable = await TrackerCable.plugIn(first.address);
    t.teardown(() => cable.close());
    const others = trackers.slice(1).map(({ address }) => address);
    const { link, session } = await linkTo(t, join(folder, userId), [cable.address, ...others]);
    await link.call('createUser', { userId, password: PASSWORD });
    session.token = (await link.call('login', { userId, password: PASSWORD })).token;
    return { link, cable, owner, ben: benPerson, fresh, token: session.token };
  };
  /** Asks, and loses the answer; where there are others, the way to that tracker with it. */
  const lose = <M extends TrackerMethod>(
    { link, cable }: Scene,
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> => {
    cable.loseAnswer({ isPulledOut: trackers.length > 1 });
    return link.call(method, params);
  };

  for (const [index, { method, prepare, params, answer, action }] of calls.entries()) {
    await t.test(`${method} is done once`, async (t) => {
      const scene = await open(t, `ann-${index}`);
      const groupId = `g-${index}`;
      await scene.link.call('createGroup', { groupId });
      await benPerson.client.call('joinGroup', { groupId });
      await scene.link.call('acceptRequest', ben(groupId));
      await prepare?.(scene, groupId);
      t.match(await lose(scene, method, params(groupId, scene)), answer);
      t.ok(scene.cable.hasLost, 'an answer was lost');
      if (action === undefined) return;
      // Whoever is in the group still tells what has happened in it.
      const benIsIn = !['kick', 'ban', 'unban'].includes(method);
      const teller = benIsIn ? benPerson.client : scene.link;
      const { items } = await teller.call('history', { groupId });
      const benCame = Number(action === 'accept');
      t.equal(items.filter((entry) => entry.action === action).length, 1 + benCame);
    });
  }

  await t.test('an invite for one is used once, by who was not told', async (t) => {
    const groupId = 'by-invite';
    await owner.client.call('createGroup', { groupId });
    await owner.client.call('createInvite', invite(groupId));
    const scene = await open(t, 'dora');
    const joined = await lose(scene, 'redeemInvite', { groupId, secret: secretOf(groupId) });
    t.match(joined, { groupId, role: 'member', isNew: true });
    const members = await scene.link.call('listMembers', { groupId });
    t.same(
      members.items.map(({ userId }) => userId),
      ['cora', 'dora'],
    );
  });

  await t.test('files that are shared at once are shared', async (t) => {
    const scene = await open(t, 'hans');
    await scene.link.call('createGroup', { groupId: 'of-hans' });
    const files = [{ name: 'film', ...sampleFile(3) }];
    const params = { groupId: 'of-hans', files, announce: false };
    t.match(await lose(scene, 'shareFiles', params), { outcomes: [{ outcome: 'already-shared' }] });
    const { items } = await scene.link.call('history', { groupId: 'of-hans' });
    t.equal(items.filter(({ action }) => action === 'share').length, 1);
  });

  await t.test('who asked to join did so once', async (t) => {
    const groupId = 'asked-for';
    await owner.client.call('createGroup', { groupId });
    const scene = await open(t, 'emil');
    t.same(await lose(scene, 'joinGroup', { groupId }), {});
    t.same((await owner.client.call('listRequests', { groupId })).items, ['emil']);
    await t.rejects(scene.link.call('joinGroup', { groupId }), { code: 'ALREADY_REQUESTED' });
  });

  await t.test('a password that was changed is the new one', async (t) => {
    const scene = await open(t, 'finn');
    const change = { oldPassword: PASSWORD, newPassword: 'another one' };
    t.same(await lose(scene, 'changePassword', change), {});
    await t.rejects(scene.link.call('changePassword', change), { code: 'WRONG_PASSWORD' });
  });

  await t.test('a device is logged out once', async (t) => {
    const scene = await open(t, 'gina');
    const { deviceId, credentials } = createDevice();
    const other = await connect(last.address, credentials);
    t.teardown(() => other.socket.terminate());
    await other.call('login', { userId: 'gina', password: PASSWORD });
    t.same(await lose(scene, 'logoutDevice', { deviceId }), { isKnown: true });
    t.same(await scene.link.call('logoutDevice', { deviceId }), { isKnown: false });
  });

  await t.test('whoever names the same key gets no answer of somebody else', async (t) => {
    const once = '0'.repeat(31) + '1';
    const params = { groupId: 'of-cora', once };
    t.match(await owner.client.callRaw('createGroup', params), { epoch: 1 });
    t.match(await owner.client.callRaw('createGroup', params), { epoch: 1 });
    await t.rejects(benPerson.client.callRaw('createGroup', params), { code: 'GROUP_EXISTS' });
    await t.rejects(owner.client.call('createGroup', { groupId: 'of-cora' }), {
      code: 'GROUP_EXISTS',
    });
    const other = { groupId: 'another-of-cora', once };
    await t.rejects(owner.client.callRaw('createGroup', other), { code: 'BAD_REQUEST' });
    await t.rejects(owner.client.call('listMembers', { groupId: 'another-of-cora' }), {
      code: 'NO_SUCH_GROUP',
    });
    const refused = { ...params, groupId: 'of-ben' };
    await benPerson.client.call('createGroup', { groupId: 'of-ben' });
    await t.rejects(owner.client.callRaw('createGroup', refused), { code: 'BAD_REQUEST' });
    const malformed = { groupId: 'other', once: 'x' };
    await t.rejects(owner.client.callRaw('createGroup', malformed), { code: 'BAD_REQUEST' });
  });
}

await t.test('at one tracker, whose database is a file', async (t) => {
  await runLostAnswers(t, [await openTracker(t)]);
});

const missing = noPostgres() ?? noRedis();
await t.test('at another tracker', missing === undefined ? {} : { skip: missing }, async (t) => {
  const server = await PostgresServer.start(t);
  const redis = await RedisServer.start(t);
  const shared = { databaseUrl: await server.createDatabase(), presenceUrl: redis.url };
  const folder = testFolder(t);
  const open = (name: string): Promise<Tracker> =>
    openTracker(t, { dataDir: join(folder, name), ...shared });
  await runLostAnswers(t, [await open('a'), await open('b')]);
});
