import t, { type Test } from 'tap';
import { createInviteCode, hashInviteCode } from '../../../src/net/invites.js';
import { MAX_GROUPS_PER_USER, MAX_INVITES_PER_GROUP } from '../../../src/net/limits.js';
import { at } from '../../fixtures/incarnations.js';
import { deviceId, membership, openScene, type FakeClient } from '../tracker-scene.js';

const g = { groupId: 'g' };
const DAY_MS = 24 * 3600 * 1000;
const invalid = { code: 'INVITE_INVALID', message: /^this link is not good, or not any more/ };

/** Anna owns g, in which cleo is a member; ben is in no group. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, cleo);
  const invite = async (uses = 1, lifetimeMs = DAY_MS, groupId = 'g', owner = anna) => {
    const secret = createInviteCode();
    const inviteId = hashInviteCode(secret);
    await scene.call(owner, 'createInvite', { groupId, inviteId, uses, lifetimeMs });
    return { inviteId, way: { groupId, secret } };
  };
  const redeem = (who: FakeClient, way: { groupId: string; secret: string }) =>
    scene.call(who, 'redeemInvite', way);
  return { scene, anna, ben, cleo, invite, redeem };
}

void t.test('who has the secret becomes a member, and is told, once for each use', async (t) => {
  const { scene, anna, ben, cleo, invite, redeem } = await openGroup(t);
  const { way, inviteId } = await invite(2);
  t.same(await redeem(ben, way), { ...g, ...at(1), role: 'member', isNew: true });
  const told = [['inviteRedeemed', { ...g, userId: 'ben' }]];
  t.same(scene.takePushes(anna, ben, cleo), [told, [membership('g', 'member', 1)], []]);
  t.match(await scene.call(anna, 'listMembers', g), {
    items: ['anna', 'ben', 'cleo'].map((userId) => ({ userId })),
  });
  t.same(
    await redeem(ben, way),
    { ...g, ...at(1), role: 'member', isNew: false },
    'a member uses nothing up',
  );
  const { items } = await scene.call(anna, 'listInvites', g);
  const createdAtMs = scene.nowMs;
  const expiresAtMs = createdAtMs + DAY_MS;
  const terms = { uses: 2, usesLeft: 1, createdAtMs, expiresAtMs };
  t.same(items, [{ inviteId, creatorId: 'anna', role: 'member', ...terms }]);
  await redeem(await scene.enter('dora'), way);
  await t.rejects(redeem(await scene.enter('emil'), way), invalid);
  t.match(await redeem(ben, way), { isNew: false }, 'a member goes on with a link that is used up');
});

void t.test('what is wrong with a link is not told, and changes nothing', async (t) => {
  const { scene, anna, ben, cleo, invite, redeem } = await openGroup(t);
  await scene.makeGroup('h', cleo);
  const { way } = await invite(1, 1_000);
  const used = await invite();
  await redeem(await scene.enter('dora'), used.way);
  const revoked = await invite();
  const end = { ...g, inviteId: revoked.inviteId };
  t.same(await scene.call(anna, 'revokeInvite', end), { isKnown: true });
  t.same(await scene.call(anna, 'revokeInvite', end), { isKnown: false });
  scene.forget();
  const wrong = [
    { ...way, groupId: 'h' },
    { ...way, groupId: 'nowhere' },
    { ...way, secret: createInviteCode() },
    { ...way, secret: hashInviteCode(way.secret) },
    { ...way, secret: '' },
    used.way,
    revoked.way,
  ];
  for (const one of wrong) await t.rejects(redeem(ben, one), invalid, JSON.stringify(one));
  scene.nowMs += 1_000;
  await t.rejects(redeem(ben, way), invalid, 'too old');
  t.ok(scene.isSilent());
  t.same(await scene.call(anna, 'listInvites', g).then(({ items }) => items.length), 1);
  t.match(await scene.call(anna, 'listMembers', g), {
    items: ['anna', 'cleo', 'dora'].map((userId) => ({ userId })),
  });
});

void t.test('only the owner makes, sees and ends them', async (t) => {
  const { scene, anna, ben, cleo, invite } = await openGroup(t);
  const { inviteId } = await invite();
  const made = { ...g, inviteId: deviceId('x'), uses: 1, lifetimeMs: 1 };
  for (const other of [ben, cleo]) {
    await t.rejects(scene.call(other, 'createInvite', made), { code: 'NOT_OWNER' });
    await t.rejects(scene.call(other, 'listInvites', g), { code: 'NOT_OWNER' });
    await t.rejects(scene.call(other, 'revokeInvite', { ...g, inviteId }), { code: 'NOT_OWNER' });
  }
  const nowhere = { code: 'NO_SUCH_GROUP' };
  await t.rejects(scene.call(anna, 'createInvite', { ...made, groupId: 'x' }), nowhere);
  const again = scene.call(anna, 'createInvite', { ...made, inviteId });
  await t.rejects(again, { code: 'BAD_REQUEST' }, 'an id of before');
  const stranger = scene.connect('pc');
  await t.rejects(scene.call(stranger, 'redeemInvite', { ...g, secret: 'x' }), {
    code: 'NOT_LOGGED_IN',
  });
});

void t.test('a link ends when who made it leaves the group', async (t) => {
  const { scene, anna, ben, cleo, invite, redeem } = await openGroup(t);
  const { way } = await invite();
  await scene.call(anna, 'leaveGroup', g);
  scene.forget();
  await t.rejects(redeem(ben, way), { code: 'INVITE_INVALID' });
  t.same(scene.takePushes(anna, cleo), [[], []]);
});

void t.test('a request that waits becomes the membership', async (t) => {
  const { scene, anna, ben, invite, redeem } = await openGroup(t);
  const { way } = await invite();
  await scene.call(ben, 'joinGroup', g);
  t.same(await redeem(ben, way), { ...g, ...at(1), role: 'member', isNew: true });
  t.same(await scene.call(anna, 'listRequests', g), { items: [] });
});

void t.test('whoever is kicked comes in by no link of before', async (t) => {
  const { scene, anna, cleo, invite, redeem } = await openGroup(t);
  const { way } = await invite(5);
  await invite(1);
  const cleoInG = { ...g, userId: 'cleo' };
  t.same(await scene.call(anna, 'kick', cleoInG), { endedInvites: 2 });
  await t.rejects(redeem(cleo, way), invalid);
  t.same(await scene.call(anna, 'listInvites', g), { items: [] });
});

void t.test('who is in as many groups as one may be gets in no further', async (t) => {
  const { scene, anna, ben, invite, redeem } = await openGroup(t);
  const { way } = await invite();
  for (let n = 0; n < MAX_GROUPS_PER_USER; n++) {
    await scene.call(ben, 'createGroup', { groupId: `own ${n}` });
  }
  await t.rejects(redeem(ben, way), { code: 'LIMIT_REACHED' });
  const { items } = await scene.call(anna, 'listInvites', g);
  t.equal(items[0]?.usesLeft, 1, 'nothing is used up');
});

void t.test('a group has so many at a time; those that are too old make room', async (t) => {
  const { scene, invite } = await openGroup(t);
  for (let n = 0; n < MAX_INVITES_PER_GROUP; n++) await invite(1, 1_000);
  await t.rejects(invite(), { code: 'LIMIT_REACHED' });
  scene.nowMs += 1_000;
  await invite();
});

void t.test('a group that ends takes its links along, another of its name has none', async (t) => {
  const { scene, anna, ben, cleo, invite, redeem } = await openGroup(t);
  const { way } = await invite(5);
  await scene.call(cleo, 'leaveGroup', g);
  await scene.call(anna, 'leaveGroup', g);
  await t.rejects(redeem(ben, way), invalid);
  await scene.call(anna, 'createGroup', g);
  await t.rejects(redeem(ben, way), invalid);
  t.same(await scene.call(anna, 'listInvites', g), { items: [] });
});

void t.test('an account is made for a way in that is good, without a password', async (t) => {
  const { scene, invite, redeem } = await openGroup(t);
  const { way } = await invite();
  const fresh = scene.connect('tablet', '192.0.2.99');
  const dora = { userId: 'dora', groupInvite: way };
  const bad = { ...dora, groupInvite: { ...way, secret: 'x' } };
  await t.rejects(scene.call(fresh, 'createUser', bad), invalid);
  await t.rejects(scene.call(fresh, 'loginByKey', {}), { code: 'NO_SUCH_USER' });
  t.same(await scene.call(fresh, 'createUser', dora), {});
  const { userId, token } = await scene.call(fresh, 'loginByKey', {});
  t.equal(userId, 'dora');
  t.ok(token);
  t.match(await redeem(fresh, way), { isNew: true });
});
