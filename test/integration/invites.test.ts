import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createInviteCode, hashInviteCode } from '../../src/net/invites.js';
import type { ClientEvent } from '../../src/main/api/client-events.js';
import type { InviteLink } from '../../src/main/api/invite-link.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { connect, createDevice, openTracker } from '../tracker/tracker-client.js';
import { testFolder } from '../fixtures/test-folder.js';

const DAY_MS = 24 * 3600 * 1000;
const invalid = { code: 'INVITE_INVALID' };
const made = { groupId: GROUP, uses: 1, lifetimeMs: DAY_MS };

void t.test('with a link a new client gets an account, the group and a file in it', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const content = sampleBytes(300_000);
  await ann.share('plans.txt', content);
  const link = await ann.engine.createInvite(made);
  t.match(link.expected, { how: 'key', deviceId: /^[0-9a-f]{64}$/ });
  const ben = await swarm.openClient('ben');
  const logins: ClientEvent[] = [];
  ben.engine.events((event) => event.type === 'logged-in' && logins.push(event));
  const userIds = ['ann', 'ben'];
  t.same(await ben.engine.joinByInvite({ ...link, userIds }), {
    userId: 'ben',
    isNewAccount: true,
    isNewMember: true,
    role: 'member',
  });
  t.same(logins.splice(0), [{ type: 'logged-in', userId: 'ben', files: 0 }]);
  const { path } = await ben.download('plans.txt');
  t.ok(content.equals(await readFile(path)));
  // Who is in stays in, without using anything up, and under the same name.
  const again = await ann.engine.createInvite(made);
  t.same(await ben.engine.joinByInvite({ ...again, userIds: ['x'] }), {
    userId: 'ben',
    isNewAccount: false,
    isNewMember: false,
    role: 'member',
  });
  const left = (await ann.engine.invites(GROUP)).map(({ usesLeft }) => usesLeft);
  t.same(left.sort(), [0, 1]);
  t.same(logins, [], 'who is logged in already is not told of again');
  await ben.engine.logout();
  t.match(await ben.engine.loginByKey({ userId: 'ben' }), { userId: 'ben' });
});

void t.test('a link of another tracker is refused before its secret leaves', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const link = await ann.engine.createInvite(made);
  const wrong: InviteLink[] = [
    { ...link, expected: { how: 'key', deviceId: 'ab'.repeat(32) } },
    { ...link, expected: { how: 'authority' } },
  ];
  const ben = await swarm.openClient('ben');
  for (const one of wrong) {
    await t.rejects(ben.engine.joinByInvite({ ...one, userIds: ['ben'] }), {
      ...invalid,
      message: /is not the one that this link is of: .* nothing was told to it/,
    });
  }
  const known = join(ben.folder, 'home', 'known_trackers');
  await t.rejects(readFile(known), { code: 'ENOENT' }, 'such a tracker is not noted either');
  await ben.engine.joinByInvite({ ...link, userIds: ['ben'] });
  t.match(await readFile(known, 'utf8'), (link.expected as { deviceId: string }).deviceId);
});

void t.test('whoever is logged in elsewhere stays there', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const link = await ann.engine.createInvite(made);
  const elsewhere = {
    ...link,
    tracker: { host: '127.0.0.1', port: 1 },
    expected: { how: 'key', deviceId: 'ab'.repeat(32) } as const,
    userIds: ['ann'],
  };
  const refused = {
    code: 'BAD_ARGUMENT',
    message: /^you are logged in as ann at .* log out first/,
  };
  await t.rejects(ann.engine.joinByInvite(elsewhere), refused);
  const atOurs = { ...elsewhere, tracker: link.tracker };
  await t.rejects(ann.engine.joinByInvite(atOurs), refused, 'whatever address it names');
  // The same tracker by another name is the same one.
  const other = { ...link, tracker: { ...link.tracker, host: 'localhost' }, userIds: ['x'] };
  t.match(await ann.engine.joinByInvite(other), { userId: 'ann', isNewMember: false });
});

void t.test('an entry with this device alone says once who has logged in', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const { tracker, expected } = await ann.engine.createInvite(made);
  const ben = await swarm.openClient('ben');
  const events: ClientEvent[] = [];
  ben.engine.events((event) => events.push(event));
  const entry = { tracker, expected, userIds: ['ben'] };
  t.same(await ben.engine.enter(entry), { userId: 'ben', isNewAccount: true });
  t.same(await ben.engine.enter(entry), { userId: 'ben', isNewAccount: false });
  await ben.engine.logout();
  t.same(await ben.engine.enter(entry), { userId: 'ben', isNewAccount: false });
  const changes = events.filter(({ type }) => type === 'logged-in' || type === 'logged-out');
  const came = { type: 'logged-in', userId: 'ben', files: 0 };
  t.same(changes, [came, { type: 'logged-out' }, came]);
});

void t.test('no account is made for a link that is not good', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const link = await ann.engine.createInvite(made);
  const [{ inviteId } = { inviteId: '' }] = await ann.engine.invites(GROUP);
  await t.rejects(ann.engine.revokeInvite(GROUP, 'zz'), invalid);
  await ann.engine.revokeInvite(GROUP, inviteId.slice(0, 8));
  const ben = await swarm.openClient('ben');
  await t.rejects(ben.engine.joinByInvite({ ...link, userIds: ['ben'] }), invalid);
  await t.rejects(ben.engine.loginByKey({ userId: 'ben' }), { code: 'NO_SUCH_USER' });
});

void t.test('of a hundred who redeem one use at once exactly one gets in', async (t) => {
  const dataDir = testFolder(t);
  let tracker = await openTracker(t, { dataDir });
  const owner = createDevice();
  const anna = await connect(tracker.address, owner.credentials);
  await anna.call('createUser', { userId: 'anna' });
  await anna.call('loginByKey', {});
  await anna.call('createGroup', { groupId: 'g' });
  const secret = createInviteCode();
  const invite = { groupId: 'g', inviteId: hashInviteCode(secret), uses: 1, lifetimeMs: DAY_MS };
  await anna.call('createInvite', invite);
  await anna.close();
  const devices = Array.from({ length: 20 }, () => createDevice());
  const redeemed = async (): Promise<number> => {
    const clients = await Promise.all(
      devices.map(async ({ credentials, deviceId }) => {
        const client = await connect(tracker.address, credentials);
        await client.call('createUser', { userId: deviceId }).catch(() => undefined);
        await client.call('loginByKey', {});
        return client;
      }),
    );
    const all = clients.flatMap((client) => Array.from({ length: 5 }, () => client));
    const ends = await Promise.allSettled(
      all.map((client) => client.call('redeemInvite', { groupId: 'g', secret })),
    );
    await Promise.all(clients.map((client) => client.close()));
    for (const end of ends) {
      if (end.status === 'rejected') t.match(end.reason, invalid);
    }
    return ends.filter((end) => end.status === 'fulfilled' && end.value.isNew).length;
  };
  t.equal(await redeemed(), 1);
  await tracker.close();
  tracker = await openTracker(t, { dataDir });
  t.equal(await redeemed(), 0, 'nor any after a restart');
  const back = await connect(tracker.address, owner.credentials);
  await back.call('loginByKey', {});
  t.equal((await back.call('listMembers', { groupId: 'g' })).items.length, 2);
  await back.close();
});
