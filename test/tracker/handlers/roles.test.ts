import t, { type Test } from 'tap';
import { hashInviteCode } from '../../../src/net/invites.js';
import { mayDo, ROLES, type Role } from '../../../src/net/roles.js';
import { decodeTicket } from '../../../src/net/ticket.js';
import { diskFull, membership, openScene, type FakeClient } from '../tracker-scene.js';
import { at } from '../../fixtures/incarnations.js';
import { sampleFile } from '../tracker-client.js';

const g = { groupId: 'g' };
const film = content(1);
const invite = { ...g, inviteId: hashInviteCode('s'), uses: 9, lifetimeMs: 60_000 };

/** One of each role is in g, named after it, and `stranger` asks to join it. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const clients = {
    owner: await scene.enter('owner'),
    admin: await scene.enter('admin'),
    member: await scene.enter('member'),
    reader: await scene.enter('reader'),
  };
  const { owner, admin, member, reader } = clients;
  const stranger = await scene.enter('stranger');
  await scene.makeGroup('g', owner, admin, member, reader);
  for (const role of ['admin', 'reader'] as const) {
    await scene.call(owner, 'setRole', { ...g, userId: role, role });
  }
  await scene.call(stranger, 'joinGroup', g);
  scene.forget();
  const roles = async (): Promise<string> => {
    const { items } = await scene.call(owner, 'listMembers', g);
    return items.map(({ userId, role }) => `${userId}=${role}`).join(' ');
  };
  const set = (by: FakeClient, userId: string, role: Role) =>
    scene.call(by, 'setRole', { ...g, userId, role });
  return { scene, ...clients, clients, stranger, roles, set };
}

void t.test('every call of every role is let through or refused as the table says', async (t) => {
  const calls = {
    admit: ['listRequests', 'acceptRequest', 'rejectRequest'],
    invite: ['createInvite', 'listInvites', 'revokeInvite'],
    expel: ['kick', 'ban', 'unban', 'listBans'],
    appoint: ['transferOwner', 'setRole'],
  } as const;
  const params = { ...invite, userId: 'stranger', role: 'member' as const };
  for (const [right, methods] of Object.entries(calls) as [
    keyof typeof calls,
    (typeof calls)[keyof typeof calls],
  ][]) {
    for (const method of methods) {
      for (const role of [...ROLES, 'stranger'] as const) {
        const { scene, clients, stranger } = await openGroup(t);
        const client = role === 'stranger' ? stranger : clients[role];
        const code = await scene.call(client, method, params).then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        );
        const may = role !== 'stranger' && mayDo(role, right);
        const isRefused = code === 'NOT_OWNER';
        t.equal(isRefused, !may, `${role} ${method}: ${code}`);
      }
    }
  }
});

void t.test('a reader fetches what is there, serves it, and brings nothing new', async (t) => {
  const { scene, member, reader, set, owner } = await openGroup(t);
  const share = { ...g, name: 'film', ...film };
  const refusal = { code: 'READ_ONLY' };
  await t.rejects(scene.call(reader, 'shareFile', share), refusal);
  const many = { ...g, files: [{ name: 'film', ...film }], announce: true };
  t.match(await scene.call(reader, 'shareFiles', many), { outcomes: [refusal] });
  t.match(await scene.call(reader, 'listFiles', g), { items: [] }, 'nothing has come of it');
  await scene.call(member, 'shareFile', share);
  t.same(await scene.call(reader, 'shareFile', share), { outcome: 'source-added' });
  await t.rejects(scene.call(reader, 'shareFile', { ...share, name: 'other' }), refusal);
  const newer = content(2);
  const replace = { ...share, ...newer, replace: true };
  await t.rejects(scene.call(reader, 'shareFile', replace), refusal, 'what they share too');
  await scene.goOnline(reader);
  const { fileId } = film;
  const files = [fileId, newer.fileId].map((id) => ({
    ...g,
    fileId: id,
    state: 'complete' as const,
  }));
  t.same(await scene.call(reader, 'announce', { files }), {
    refused: [{ ...g, fileId: newer.fileId, code: 'NO_SUCH_FILE' }],
  });
  t.match(await scene.call(member, 'watch', { ...g, fileId }), { peers: [{ userId: 'reader' }] });
  await scene.call(member, 'stopShare', { ...g, name: 'film' });
  t.match(await scene.call(owner, 'listFiles', g), { items: [{ sharer: 'reader' }] });
  await scene.call(reader, 'stopShare', { ...g, name: 'film' });
  await t.rejects(scene.call(reader, 'shareFile', share), refusal, 'the name is free again');
  await set(owner, 'reader', 'member');
  t.same(await scene.call(reader, 'shareFile', share), { outcome: 'created' });
});

void t.test('an admin replaces what others share, as an owner does', async (t) => {
  for (const role of ROLES) {
    const { scene, owner, clients } = await openGroup(t);
    await scene.call(owner, 'shareFile', { ...g, name: 'film', ...film });
    const newer = { ...g, name: 'film', ...content(2), replace: true };
    const asked = scene.call(clients[role], 'shareFile', newer);
    if (mayDo(role, 'replace')) t.same(await asked, { outcome: 'replaced' }, role);
    else await t.rejects(asked, { code: role === 'reader' ? 'READ_ONLY' : 'NAME_TAKEN' }, role);
  }
});

void t.test('a role is given, and whoever has it is told by whom', async (t) => {
  const { scene, owner, member, admin, roles, set } = await openGroup(t);
  t.same(await set(owner, 'member', 'admin'), { isChanged: true });
  t.same(await set(owner, 'member', 'admin'), { isChanged: false });
  t.same(scene.takePushes(owner, member, admin), [[], [membership('g', 'admin', 2, 'owner')], []]);
  t.equal(await roles(), 'admin=admin member=admin owner=owner reader=reader');
  t.match(await scene.call(member, 'listMemberships', {}), { items: [{ role: 'admin' }] });
});

void t.test(
  'who is made less has a ticket of before no more, and neither have others',
  async (t) => {
    const { scene, owner, admin, reader, set } = await openGroup(t);
    const before = await scene.call(admin, 'ticket', g);
    const ticketOf = ({ ticket }: typeof before) => decodeTicket(Buffer.from(ticket, 'base64'));
    t.match(ticketOf(before), { role: 'admin', ...at(2) });
    await set(owner, 'admin', 'reader');
    const epoch = ['epoch', { ...g, ...at(3), removedUsers: [] }];
    t.same(scene.takePushes(owner, admin, reader), [
      [epoch],
      [membership('g', 'reader', 3, 'owner'), epoch],
      [epoch],
    ]);
    const after = await scene.call(admin, 'ticket', g);
    t.match(ticketOf(after), { role: 'reader', ...at(3) });
    t.not(after.lanKey, before.lanKey);
  },
);

void t.test('the links of who may not make them any more end', async (t) => {
  for (const how of ['lowered', 'steps down', 'hands over', 'leaves'] as const) {
    const { scene, owner, admin, stranger, set } = await openGroup(t);
    const maker = how === 'hands over' ? owner : admin;
    await scene.call(maker, 'createInvite', invite);
    const other = { ...invite, inviteId: hashInviteCode('other') };
    await scene.call(maker === owner ? admin : owner, 'createInvite', other);
    if (how === 'lowered') await set(owner, 'admin', 'member');
    if (how === 'steps down') await set(admin, 'admin', 'reader');
    if (how === 'hands over') await scene.call(owner, 'transferOwner', { ...g, userId: 'member' });
    if (how === 'leaves') await scene.call(admin, 'leaveGroup', g);
    const redeemed = scene.call(stranger, 'redeemInvite', { ...g, secret: 's' });
    await t.rejects(redeemed, { code: 'INVITE_INVALID' }, how);
    await scene.call(stranger, 'redeemInvite', { ...g, secret: 'other' });
  }
});

void t.test('a link makes readers, if it says so', async (t) => {
  const { scene, admin, stranger, set, owner } = await openGroup(t);
  await scene.call(admin, 'createInvite', { ...invite, role: 'reader' });
  t.match(await scene.call(admin, 'listInvites', g), { items: [{ role: 'reader' }] });
  const redeem = { ...g, secret: 's' };
  t.match(await scene.call(stranger, 'redeemInvite', redeem), { role: 'reader', isNew: true });
  await t.rejects(scene.call(stranger, 'shareFile', { ...g, name: 'film', ...film }), {
    code: 'READ_ONLY',
  });
  await set(owner, 'stranger', 'member');
  t.match(await scene.call(stranger, 'redeemInvite', redeem), { role: 'member', isNew: false });
});

void t.test('every owner and admin hears who asks to join', async (t) => {
  const { scene, ...all } = await openGroup(t);
  const late = await scene.enter('late');
  await scene.call(late, 'joinGroup', g);
  const news = [['joinRequest', { ...g, userId: 'late' }]];
  t.same(scene.takePushes(all.owner, all.admin, all.member, all.reader), [news, news, [], []]);
});

void t.test('the group changes hands, and both are told', async (t) => {
  const { scene, owner, reader, roles } = await openGroup(t);
  t.same(await scene.call(owner, 'transferOwner', { ...g, userId: 'reader' }), {});
  const epoch = ['epoch', { ...g, ...at(3), removedUsers: [] }];
  t.same(scene.takePushes(owner, reader), [
    [membership('g', 'member', 3), epoch],
    [membership('g', 'owner', 2, 'owner'), epoch],
  ]);
  t.equal(await roles(), 'admin=admin member=member owner=member reader=owner');
  await t.rejects(scene.call(owner, 'acceptRequest', { ...g, userId: 'stranger' }), {
    code: 'NOT_OWNER',
  });
  await scene.call(reader, 'acceptRequest', { ...g, userId: 'stranger' });
});

void t.test('the last owner cannot step down, and hands over by leaving', async (t) => {
  const { scene, owner, admin, member, set } = await openGroup(t);
  await t.rejects(set(owner, 'owner', 'admin'), { code: 'LAST_OWNER' });
  await set(owner, 'member', 'owner');
  await set(owner, 'owner', 'reader');
  await t.rejects(set(member, 'member', 'reader'), { code: 'LAST_OWNER' });
  t.same(await scene.call(member, 'leaveGroup', g), { newOwner: 'admin', groupEnded: false });
  t.same(await scene.call(admin, 'leaveGroup', g), { newOwner: 'owner', groupEnded: false });
  t.match(await scene.call(owner, 'listMemberships', {}), { items: [{ role: 'owner' }] });
});

void t.test('an owner who leaves another one there hands over nothing', async (t) => {
  const { scene, owner, set, member } = await openGroup(t);
  await set(owner, 'member', 'owner');
  t.same(await scene.call(owner, 'leaveGroup', g), { groupEnded: false });
  t.match(await scene.call(member, 'listMembers', g), { items: [{}, { role: 'owner' }, {}] });
});

void t.test('nobody hears of what could not be committed', async (t) => {
  const { scene, owner, roles, set } = await openGroup(t);
  const before = await roles();
  const failing = [
    () => set(owner, 'admin', 'member'),
    () => set(owner, 'member', 'owner'),
    () => scene.call(owner, 'transferOwner', { ...g, userId: 'member' }),
    () => scene.call(owner, 'ban', { ...g, userId: 'member' }),
  ];
  for (const call of failing) await t.rejects(scene.withFullDisk(call), diskFull);
  t.ok(scene.isSilent());
  t.equal(await roles(), before);
});

void t.test('who is made less while making a link leaves none behind', async (t) => {
  for (const isLinkFirst of [true, false]) {
    const { scene, owner, admin, set } = await openGroup(t);
    const link = () => scene.call(admin, 'createInvite', invite);
    const lower = () => set(owner, 'admin', 'member');
    await Promise.allSettled(isLinkFirst ? [link(), lower()] : [lower(), link()]);
    t.same(await scene.call(owner, 'listInvites', g), { items: [] });
  }
});

void t.test('an owner steps down while the only other one leaves: one is left', async (t) => {
  for (const isLeaverFirst of [true, false]) {
    const { scene, owner, member, set } = await openGroup(t);
    await set(owner, 'member', 'owner');
    const leave = () => scene.call(member, 'leaveGroup', g);
    const stepDown = () => set(owner, 'owner', 'reader');
    await Promise.allSettled(isLeaverFirst ? [leave(), stepDown()] : [stepDown(), leave()]);
    const { items } = await scene.call(owner, 'listMembers', g);
    t.equal(items.filter(({ role }) => role === 'owner').length, 1);
    t.equal(items.length, 3);
  }
});

function content(seed: number) {
  const { fileId, description } = sampleFile(seed);
  return { fileId, description };
}
