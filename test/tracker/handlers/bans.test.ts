import t, { type Test } from 'tap';
import { MAX_BANS_PER_GROUP } from '../../../src/net/limits.js';
import { hashInviteCode } from '../../../src/net/invites.js';
import { membership, openScene } from '../tracker-scene.js';
import { at } from '../../fixtures/incarnations.js';

const g = { groupId: 'g' };
const benInG = { ...g, userId: 'ben' };
const invite = { ...g, inviteId: hashInviteCode('s'), uses: 99, lifetimeMs: 60_000 };
const redeem = { ...g, secret: 's' };
const banned = { code: 'BANNED' };

/** Anna owns g, adam is an admin, ben a member. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const adam = await scene.enter('adam');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna, adam, ben);
  await scene.call(anna, 'setRole', { ...g, userId: 'adam', role: 'admin' });
  scene.forget();
  return { scene, anna, adam, ben };
}

void t.test('who is banned is out, is told by whom, and comes in by no way', async (t) => {
  const { scene, anna, adam, ben } = await openGroup(t);
  await scene.call(anna, 'createInvite', { ...invite, inviteId: hashInviteCode('before') });
  t.same(await scene.effectsOf(() => scene.call(adam, 'ban', benInG)), [
    { type: 'banned', ...benInG, by: 'adam', ...at(2) },
    { type: 'files-changed', ...g },
  ]);
  const epoch = ['epoch', { ...g, ...at(2), removedUsers: ['ben'] }];
  t.same(scene.takePushes(anna, ben), [[epoch], [membership('g', 'banned', 2, 'adam')]]);
  t.same(await scene.call(anna, 'listInvites', g), { items: [] }, 'links of before end');
  await scene.call(anna, 'createInvite', invite);
  await t.rejects(scene.call(ben, 'joinGroup', g), banned);
  await t.rejects(scene.call(ben, 'redeemInvite', redeem), banned);
  const elsewhere = await scene.enter('ben', 'a new device');
  await t.rejects(scene.call(elsewhere, 'joinGroup', g), banned);
  await t.rejects(scene.call(elsewhere, 'redeemInvite', redeem), banned);
  const wrong = { ...g, secret: 'guess' };
  await t.rejects(scene.call(ben, 'redeemInvite', wrong), { code: 'INVITE_INVALID' });
  t.match(await scene.call(anna, 'listMembers', g), { items: [{}, {}] });
});

void t.test('nor does another account of the devices of then and of now', async (t) => {
  const { scene, anna } = await openGroup(t);
  await scene.call(anna, 'ban', benInG);
  await scene.enter('ben', 'later');
  await scene.call(anna, 'createInvite', invite);
  for (const device of ['ben-pc', 'later']) {
    const second = await scene.enter(`ben-${device}`, device);
    await t.rejects(scene.call(second, 'joinGroup', g), banned, device);
    await t.rejects(scene.call(second, 'redeemInvite', redeem), banned, device);
    const away = await scene.enter(`ben-${device}`, 'a clean device');
    await t.rejects(scene.call(away, 'redeemInvite', redeem), banned, 'also from elsewhere');
  }
  // An account that would be made for the link alone.
  const fresh = scene.connect('ben-pc');
  const made = scene.call(fresh, 'createUser', { userId: 'ben-3', groupInvite: redeem });
  await t.rejects(made, banned);
  await t.rejects(scene.call(fresh, 'loginByKey', {}), { code: 'NO_SUCH_USER' });
  const cleo = await scene.enter('cleo');
  t.match(await scene.call(cleo, 'redeemInvite', redeem), { isNew: true }, 'others do');
});

void t.test(
  'a request of the banned is rejected, and one of their device not accepted',
  async (t) => {
    const { scene, anna } = await openGroup(t);
    const dora = await scene.enter('dora');
    const second = await scene.enter('dora-2', 'dora-pc');
    for (const client of [dora, second]) await scene.call(client, 'joinGroup', g);
    scene.forget();
    t.same(await scene.effectsOf(() => scene.call(anna, 'ban', { ...g, userId: 'dora' })), [
      { type: 'request-rejected', ...g, userId: 'dora', ...at(1) },
    ]);
    t.same(scene.takePushes(dora), [[membership('g', 'rejected', 1)]]);
    t.same(await scene.call(anna, 'listRequests', g), { items: ['dora-2'] });
    await t.rejects(scene.call(anna, 'acceptRequest', { ...g, userId: 'dora-2' }), {
      ...banned,
      message: /^dora-2 is on a device of somebody who is banned from g/,
    });
    await scene.call(anna, 'rejectRequest', { ...g, userId: 'dora-2' });
  },
);

void t.test('a ban is lifted by who could have pronounced it', async (t) => {
  const { scene, anna, adam, ben } = await openGroup(t);
  await scene.call(adam, 'ban', benInG);
  await scene.call(adam, 'unban', benInG);
  await t.rejects(scene.call(adam, 'unban', benInG), { code: 'NO_SUCH_BAN' });
  await scene.call(ben, 'joinGroup', g);
  await scene.call(anna, 'acceptRequest', benInG);
  await scene.call(anna, 'setRole', { ...benInG, role: 'admin' });
  await t.rejects(scene.call(adam, 'ban', benInG), { code: 'NOT_OWNER' }, 'an admin');
  await scene.call(anna, 'ban', benInG);
  await t.rejects(scene.call(adam, 'unban', benInG), { code: 'NOT_OWNER' });
  await t.rejects(scene.call(adam, 'ban', benInG), { code: 'NOT_OWNER' }, 'nor made one’s own');
  await scene.call(anna, 'ban', benInG);
  t.same(await scene.call(adam, 'listBans', g), {
    items: [{ userId: 'ben', byUserId: 'anna', bannedAtMs: scene.nowMs }],
  });
  await scene.call(anna, 'unban', benInG);
  t.same(await scene.call(anna, 'listBans', g), { items: [] });
});

void t.test('not everybody can be banned, and not without end', async (t) => {
  const { scene, anna } = await openGroup(t);
  const ban = (userId: string) => scene.call(anna, 'ban', { ...g, userId });
  await t.rejects(ban('anna'), { code: 'BAD_REQUEST' });
  await t.rejects(ban('nobody'), { code: 'NO_SUCH_USER' });
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < MAX_BANS_PER_GROUP; n++) {
      const userId = `user-${n}`;
      await tx.addUser(userId, 'hash', 1);
      await tx.addBan('g', { userId, byUserId: 'anna', role: undefined, bannedAtMs: 1 });
    }
  });
  await t.rejects(ban('ben'), { code: 'LIMIT_REACHED' });
  await ban('user-7');
});

void t.test('a ban while a link is being redeemed: whichever comes first', async (t) => {
  for (const isBanFirst of [true, false]) {
    const { scene, anna } = await openGroup(t);
    const cleo = await scene.enter('cleo');
    await scene.call(anna, 'createInvite', invite);
    const ban = () => scene.call(anna, 'ban', { ...g, userId: 'cleo' });
    const take = () => scene.call(cleo, 'redeemInvite', redeem);
    await Promise.allSettled(isBanFirst ? [ban(), take()] : [take(), ban()]);
    const { items } = await scene.call(anna, 'listMembers', g);
    t.notOk(items.some(({ userId }) => userId === 'cleo'));
    await t.rejects(scene.call(cleo, 'listFiles', g), { code: 'NOT_A_MEMBER' });
  }
});
