/** Roles as members feel them: real clients, a real tracker that is started again, serving peers that look. */
import { join } from 'node:path';
import t from 'tap';
import { createInviteCode, hashInviteCode } from '../../src/net/invites.js';
import { KiB } from '../../src/net/limits.js';
import { decodeTicket } from '../../src/net/ticket.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { dialServing } from '../fixtures/fake-dialler.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { connect, createDevice, openTracker, sampleFile } from '../tracker/tracker-client.js';
import { testFolder } from '../fixtures/test-folder.js';

const content = sampleBytes(600 * KiB);
const DAY_MS = 24 * 3600 * 1000;

void t.test('a reader has what the group has, serves it, and brings nothing new', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const carl = await swarm.client('carl');
  await ann.share('film', content);
  t.equal(await ann.engine.setRole(GROUP, 'bob', 'reader'), true);
  await bob.whenLogged(/^ann made you reader of friends: you fetch what is there, and bring/);
  const refusal = { code: 'READ_ONLY', message: /^you are a reader of friends/ };
  await t.rejects(bob.share('own', sampleBytes(1_000)), refusal);
  await t.rejects(bob.share('draft', sampleBytes(1_000), { as: 'film', replace: true }), refusal);
  t.equal((await bob.engine.status()).sharedFiles, 0, 'nor is it served to anybody');
  await bob.download('film');
  await ann.engine.stopShare(GROUP, 'film');
  const { peers } = await carl.download('film');
  t.match(peers, [{ userId: 'bob' }], 'what the group has');
  t.ok(content.equals(await carl.read('film')));
  await ann.engine.setRole(GROUP, 'bob', 'member');
  await bob.whenLogged(/^ann made you member of friends$/);
  t.match(await bob.share('own', sampleBytes(1_000)), { outcome: 'created' });
});

void t.test('whatever a reader offers that nobody named reaches nobody', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const rita = await swarm.member('rita');
  await ann.engine.setRole(GROUP, 'rita', 'reader');
  const { fileId, description } = sampleFile(7);
  const own = { groupId: GROUP, name: 'own', fileId, description };
  const { link } = rita;
  await t.rejects(link.call('shareFile', own), { code: 'READ_ONLY' });
  await link.call('goOnline', { addresses: [{ host: '127.0.0.1', port: 9 }] });
  const files = [{ groupId: GROUP, fileId, state: 'complete' as const }];
  t.match(await link.call('announce', { files }), { refused: [{ code: 'NO_SUCH_FILE' }] });
  await t.rejects(ann.download('own'), { code: 'NO_SUCH_FILE' });
  // One who knows the content from elsewhere is told of nobody, and can call nobody for it.
  const mia = await swarm.member('mia');
  const wanted = { groupId: GROUP, fileId };
  await t.rejects(mia.link.call('watch', wanted), { code: 'NO_SUCH_FILE' });
  const call = { ...wanted, deviceId: rita.deviceId, callId: '0'.repeat(32), way: 'direct' };
  await mia.link.call('goOnline', { addresses: [{ host: '127.0.0.1', port: 9 }] });
  t.match(await mia.link.call('call', { ...call, way: 'direct' }), { outcome: 'absent' });
});

void t.test('who is made less is held to it by the tracker and by serving peers', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share('film', content);
  const bea = await swarm.member('bea');
  const cleo = await swarm.openClient('cleo');
  await cleo.signUp();
  await cleo.engine.joinGroup(GROUP);
  await ann.engine.setRole(GROUP, 'bea', 'admin');
  const before = await bea.ticket(GROUP);
  t.equal(decodeTicket(before).role, 'admin');
  await bea.link.call('listRequests', { groupId: GROUP });
  await ann.engine.setRole(GROUP, 'bea', 'reader');
  for (const method of ['acceptRequest', 'rejectRequest', 'kick', 'ban'] as const) {
    const asked = bea.link.call(method, { groupId: GROUP, userId: 'cleo' });
    await t.rejects(asked, { code: 'NOT_OWNER' }, method);
  }
  const { deviceId, listening } = await ann.engine.status();
  const dial = async () => {
    const { credentials } = bea;
    const place = { address: listening!, transport: 'tls', servingDeviceId: deviceId! } as const;
    const dialler = await dialServing({ ...place, credentials });
    swarm.closeLater({ close: async () => dialler.close() });
    return dialler;
  };
  const old = await dial();
  await old.greet(before);
  t.match((await old.stream.untilEnd()).at(-1), { type: 'error', code: 'EPOCH_OUTDATED' });
  const after = await bea.ticket(GROUP);
  t.equal(decodeTicket(after).role, 'reader');
  const fresh = await dial();
  await fresh.greet(after);
  fresh.send({ type: 'open', fileRef: 0, fileId });
  t.match(await fresh.stream.nextOf('opened'), { fileRef: 0 });
});

void t.test('everybody is told what they are now, and by whom', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await ann.engine.setRole(GROUP, 'bob', 'admin');
  await bob.whenLogged(/^ann made you admin of friends$/);
  await ann.engine.transferOwner(GROUP, 'bob');
  await bob.whenLogged(/^ann made you owner of friends$/);
  await ann.whenLogged(/^you own friends no longer, and are still a member of it$/);
  t.same(await ann.engine.listMembers(GROUP), [
    { userId: 'ann', role: 'member' },
    { userId: 'bob', role: 'owner' },
  ]);
  await bob.engine.ban(GROUP, 'ann');
  await ann.whenLogged(/^bob banned you from friends$/);
  t.match(await ann.engine.whoami(), { groups: [] });
  t.match(await bob.engine.bans(GROUP), [{ userId: 'ann', byUserId: 'bob' }]);
  await t.rejects(ann.engine.joinGroup(GROUP), { code: 'BANNED' });
  await bob.engine.unban(GROUP, 'ann');
  await ann.engine.joinGroup(GROUP);
  const told = (await bob.engine.history(GROUP)).slice(-5);
  t.same(
    told.map(({ actor, action, subjects }) => [actor, action, ...subjects]),
    [
      ['ann', 'accept', 'bob'],
      ['ann', 'role', 'bob', 'admin'],
      ['ann', 'owner', 'bob'],
      ['bob', 'ban', 'ann'],
      ['bob', 'unban', 'ann'],
    ],
    'and it stands in the history',
  );
});

void t.test('what is taken away while it is used leaves nothing behind', async (t) => {
  const tracker = await openTracker(t);
  const enter = async (userId: string) => {
    const client = await connect(tracker.address, createDevice().credentials);
    await client.call('createUser', { userId });
    await client.call('loginByKey', {});
    return client;
  };
  const g = { groupId: 'g' };
  const inviteOf = (secret: string) => {
    return { ...g, inviteId: hashInviteCode(secret), uses: 1, lifetimeMs: DAY_MS };
  };
  const anna = await enter('anna');
  const [adam, otto] = [await enter('adam'), await enter('otto')];
  await anna.call('createGroup', g);
  for (const userId of ['adam', 'otto']) {
    const client = userId === 'adam' ? adam : otto;
    await client.call('joinGroup', g);
    await anna.call('acceptRequest', { ...g, userId });
  }
  const set = (by: typeof anna, userId: string, role: 'owner' | 'admin' | 'member') =>
    by.call('setRole', { ...g, userId, role });
  const members = async () => (await anna.call('listMembers', g)).items;
  for (let round = 0; round < 8; round++) {
    await set(anna, 'adam', 'admin');
    const links = ['a', 'b', 'c'].map((word) => inviteOf(`${word} ${round}`));
    await Promise.allSettled([
      ...links.map((link) => adam.call('createInvite', link)),
      set(anna, 'adam', 'member'),
    ]);
    t.same((await anna.call('listInvites', g)).items, [], 'made less while making links');
    const mal = await enter(`mal-${round}`);
    const secret = `for mal ${round}`;
    await anna.call('createInvite', inviteOf(secret));
    await Promise.allSettled([
      mal.call('redeemInvite', { ...g, secret }),
      anna.call('ban', { ...g, userId: `mal-${round}` }),
    ]);
    t.equal((await members()).length, 3, 'banned while a link is being redeemed');
    await mal.close();
    await set(anna, 'otto', 'owner');
    await Promise.allSettled([set(anna, 'anna', 'member'), set(otto, 'otto', 'member')]);
    const owners = (await members()).filter(({ role }) => role === 'owner');
    t.equal(owners.length, 1, 'both owners step down at once');
    if (owners[0]!.userId === 'otto') await set(otto, 'anna', 'owner');
  }
  for (const client of [anna, adam, otto]) await client.close();
});

void t.test('who was away hears what they are by now when they come back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await swarm.stopTracker();
  await Promise.all([ann, bob].map((client) => client.whenLogged(/lost/)));
  const path = join(swarm.trackerFolder, 'tracker.db');
  const store = await openSqliteStore(path);
  await store.transaction((tx) => tx.setRole(GROUP, 'bob', 'reader'));
  await store.close();
  await swarm.restartTracker();
  await bob.whenLogged(/^you are now a reader of friends/);
  await t.rejects(bob.share('own', sampleBytes(1_000)), { code: 'READ_ONLY' });
});

void t.test('a ban outlives the tracker, and holds for the devices too', async (t) => {
  const dataDir = join(testFolder(t), 'tracker');
  let tracker = await openTracker(t, { dataDir });
  const [owner, his, clean] = [createDevice(), createDevice(), createDevice()];
  const enter = async (device: ReturnType<typeof createDevice>, userId: string) => {
    const client = await connect(tracker.address, device.credentials);
    const account = { userId, password: 'secret' };
    await client.call('createUser', account).catch(() => undefined);
    await client.call('login', account);
    return client;
  };
  const g = { groupId: 'g' };
  const secret = createInviteCode();
  const terms = { inviteId: hashInviteCode(secret), uses: 9, lifetimeMs: DAY_MS };
  const anna = await enter(owner, 'anna');
  const mallory = await enter(his, 'mallory');
  await anna.call('createGroup', g);
  await mallory.call('joinGroup', g);
  await anna.call('acceptRequest', { ...g, userId: 'mallory' });
  await anna.call('ban', { ...g, userId: 'mallory' });
  await anna.call('createInvite', { ...g, ...terms });
  await tracker.close();
  tracker = await openTracker(t, { dataDir });
  const banned = { code: 'BANNED' };
  for (const [device, userId] of [
    [his, 'mallory'],
    [clean, 'mallory'],
    [his, 'mallory-2'],
    [clean, 'mallory-3'],
  ] as const) {
    const client = await enter(device, userId);
    await t.rejects(client.call('joinGroup', g), banned, userId);
    await t.rejects(client.call('redeemInvite', { ...g, secret }), banned, userId);
    await client.close();
  }
  const ben = await enter(createDevice(), 'ben');
  t.match(await ben.call('redeemInvite', { ...g, secret }), { isNew: true, role: 'member' });
  await ben.close();
});
