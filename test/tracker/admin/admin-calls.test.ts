import t, { type Test } from 'tap';
import { createInviteCode, hashInviteCode } from '../../../src/net/invites.js';
import type { AdminMethod, AdminMethods } from '../../../src/net/admin-api.js';
import { MAX_DISABLE_REASON_BYTES } from '../../../src/net/limits.js';
import { createAdminCalls } from '../../../src/tracker/admin/admin-calls.js';
import { PAGE_ROWS } from '../../../src/tracker/paging.js';
import { at } from '../../fixtures/incarnations.js';
import { sampleFile } from '../tracker-client.js';
import { openScene } from '../tracker-scene.js';

const g = { groupId: 'g' };
const cat = sampleFile(1);

/** Anna owns g, in which ben is a member and shares the cat. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('g', anna, ben);
  const { fileId, description } = cat;
  await scene.goOnline(ben);
  await scene.call(ben, 'shareFiles', {
    ...g,
    files: [{ name: 'cat', fileId, description }],
    announce: true,
  });
  scene.forget();
  const calls = createAdminCalls(scene.context);
  const ask = <M extends AdminMethod>(method: M, params: AdminMethods[M]['params']) =>
    calls(method, params, scene) as Promise<AdminMethods[M]['result']>;
  return { scene, anna, ben, calls, ask };
}

void t.test('users and groups are listed with what is kept of them', async (t) => {
  const { ask, scene } = await openGroup(t);
  const { items: users } = await ask('users', {});
  const createdAtMs = scene.nowMs;
  const common = { createdAtMs, hasPassword: true, groups: 1, allowed: {} };
  t.same(users, [
    { userId: 'anna', ...common, files: 0, bytes: 0 },
    { userId: 'ben', ...common, files: 1, bytes: cat.bytes.length },
  ]);
  t.same(
    (await ask('groups', {})).items,
    [
      ...[{ ...g, ownerId: 'anna', createdAtMs, members: 2, files: 1, bytes: cat.bytes.length }],
    ].map((group) => ({ ...group, allowed: {} })),
  );
});

void t.test('a list comes in pages', async (t) => {
  const { ask, scene } = await openGroup(t);
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < PAGE_ROWS; n++) await tx.addUser(`user ${n}`, 'hash', 1);
  });
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await ask('users', after === undefined ? {} : { after });
    seen.push(...page.items.map(({ userId }) => userId));
    after = page.next;
  } while (after !== undefined);
  t.equal(seen.length, PAGE_ROWS + 2);
  t.same(seen, [...new Set(seen)].sort());
});

void t.test('a disabled user is out at once, and peers let the user go', async (t) => {
  const { scene, anna, ben, ask } = await openGroup(t);
  const message = 'the operator of this tracker has disabled the account ben: spam';
  const refused = { code: 'ACCOUNT_DISABLED', message };
  const phone = await scene.enter('ben', 'phone');
  t.same(await ask('disableUser', { userId: 'ben', reason: 'spam' }), { groups: 1 });
  const ended = ['sessionEnded', refused];
  t.same(scene.takePushes(anna, ben, phone), [
    [['epoch', { ...g, ...at(2), removedUsers: ['ben'] }]],
    [ended],
    [ended],
  ]);
  t.same([...scene.context.presence.holders('g', cat.fileId)], [], 'nothing is offered');
  await t.rejects(scene.call(ben, 'ticket', g), { code: 'NOT_LOGGED_IN' });
  await t.rejects(scene.enter('ben'), refused);
  const again = scene.connect('ben-pc');
  await t.rejects(scene.call(again, 'resume', { token: ben.token }), { code: 'NOT_LOGGED_IN' });
  const wrong = { userId: 'ben', password: 'wrong' };
  await t.rejects(scene.call(again, 'login', wrong), { code: 'WRONG_PASSWORD' });
  t.match((await ask('users', {})).items[1], { userId: 'ben', disabledBecause: 'spam' });
  // Said again it only gets another reason.
  t.same(await ask('disableUser', { userId: 'ben', reason: '' }), { groups: 0 });
  t.ok(scene.isSilent());
  const whyAsked = {
    message: 'the operator of this tracker has disabled the account ben; ask why',
  };
  await t.rejects(scene.enter('ben'), whyAsked);
});

void t.test('a group whose owner is disabled gets another one of the operator', async (t) => {
  const { scene, ben, ask } = await openGroup(t);
  await scene.enter('cleo');
  await ask('disableUser', { userId: 'anna', reason: '' });
  scene.forget();
  t.match((await ask('groups', {})).items, [{ ownerId: 'anna' }], 'who may come back');
  await t.rejects(ask('appointOwner', { ...g, userId: 'cleo' }), {
    code: 'NO_SUCH_USER',
    message: /not a member/,
  });
  await t.rejects(ask('appointOwner', { ...g, userId: 'nobody' }), { code: 'NO_SUCH_USER' });
  await t.rejects(ask('appointOwner', { ...g, userId: 'anna' }), { code: 'ACCOUNT_DISABLED' });
  await t.rejects(ask('appointOwner', { groupId: 'x', userId: 'ben' }), { code: 'NO_SUCH_GROUP' });
  t.ok(scene.isSilent());
  t.same(await ask('appointOwner', { ...g, userId: 'ben' }), { isChanged: true });
  t.match(scene.takePushes(ben), [[['membership', { ...g, state: 'owner' }]]]);
  t.same(await ask('appointOwner', { ...g, userId: 'ben' }), { isChanged: false });
  await scene.call(ben, 'kick', { ...g, userId: 'anna' });
  const { items } = await scene.call(ben, 'history', g);
  t.match(items.slice(-2), [
    { action: 'appointed', actor: 'ben', subjects: [] },
    { action: 'kick', actor: 'ben', subjects: ['anna'] },
  ]);
});

void t.test('links of a disabled owner let nobody in, those of others do', async (t) => {
  const { scene, anna, ask } = await openGroup(t);
  const cleo = await scene.enter('cleo');
  const secrets = [createInviteCode(), createInviteCode()];
  for (const secret of secrets) {
    const invite = { ...g, inviteId: hashInviteCode(secret), uses: 1, lifetimeMs: 1_000 };
    await scene.call(anna, 'createInvite', invite);
  }
  await ask('disableUser', { userId: 'ben', reason: '' });
  t.match(await scene.call(cleo, 'redeemInvite', { ...g, secret: secrets[0]! }), { isNew: true });
  await ask('disableUser', { userId: 'anna', reason: '' });
  const dora = await scene.enter('dora');
  const late = scene.call(dora, 'redeemInvite', { ...g, secret: secrets[1]! });
  await t.rejects(late, { code: 'INVITE_INVALID' });
});

void t.test('an account that a key opens is disabled as well', async (t) => {
  const { scene, ask } = await openGroup(t);
  const dora = scene.connect('tablet');
  await scene.call(dora, 'createUser', { userId: 'dora' });
  await ask('disableUser', { userId: 'dora', reason: 'x' });
  await t.rejects(scene.call(dora, 'loginByKey', {}), { code: 'ACCOUNT_DISABLED' });
  t.match((await ask('users', { after: 'ben' })).items, [{ userId: 'dora', hasPassword: false }]);
  await ask('enableUser', { userId: 'dora' });
  t.match(await scene.call(dora, 'loginByKey', {}), { userId: 'dora' });
});

void t.test('who is enabled again is what they were before', async (t) => {
  const { scene, ask } = await openGroup(t);
  await ask('disableUser', { userId: 'ben', reason: '' });
  t.same(await ask('enableUser', { userId: 'ben' }), { wasDisabled: true });
  t.same(await ask('enableUser', { userId: 'ben' }), { wasDisabled: false });
  const ben = await scene.enter('ben');
  t.match(await scene.call(ben, 'ticket', g), { epoch: 2 });
  t.match(await scene.call(ben, 'listFiles', g), { items: [{ name: 'cat', sharer: 'ben' }] });
});

void t.test(
  'a login that is under way when its user is disabled does not come through',
  async (t) => {
    const { scene, ask } = await openGroup(t);
    const disabling = ask('disableUser', { userId: 'ben', reason: '' });
    const device = scene.connect('other');
    const account = { userId: 'ben', password: 'password of ben' };
    const login = scene.call(device, 'login', account).then(
      () => 'in',
      () => 'out',
    );
    await disabling;
    await login;
    t.equal(device.session.login, undefined);
    t.notOk(await scene.context.store.read((tx) => tx.findToken('any')));
  },
);

void t.test('a password that is reset ends every login, also those by key', async (t) => {
  const { scene, anna, ben, ask } = await openGroup(t);
  const { password } = await ask('resetPassword', { userId: 'ben' });
  t.match(password, /^[2-9a-z]{4}(-[2-9a-z]{4}){3}$/);
  const other = 'the operator of the tracker has set another password; log in again with `login`';
  const ended = ['sessionEnded', { code: 'NOT_LOGGED_IN', message: other }];
  t.same(scene.takePushes(anna, ben), [[], [ended]]);
  const fresh = scene.connect('ben-pc');
  const login = (word: string) => scene.call(fresh, 'login', { userId: 'ben', password: word });
  await t.rejects(login('password of ben'), { code: 'WRONG_PASSWORD' });
  await t.rejects(scene.call(fresh, 'loginByKey', {}), { code: 'NO_SUCH_USER' });
  t.match(await login(password), { userId: 'ben' });
  const passwords = { oldPassword: password, newPassword: 'mine' };
  t.same(await scene.call(fresh, 'changePassword', passwords), {});
  t.not((await ask('resetPassword', { userId: 'ben' })).password, password);
});

void t.test('a password that is reset while it is tried opens nothing', async (t) => {
  const { scene, ask } = await openGroup(t);
  const { passwords } = scene.context;
  const verify = passwords.verify.bind(passwords);
  passwords.verify = async (...which) => {
    await ask('resetPassword', { userId: 'ben' });
    return verify(...which);
  };
  const thief = scene.connect('thief');
  const login = scene.call(thief, 'login', { userId: 'ben', password: 'password of ben' });
  await t.rejects(login, { code: 'WRONG_PASSWORD' });
  await t.rejects(scene.call(thief, 'listGroups', {}), { code: 'NOT_LOGGED_IN' });
});

void t.test('what cannot be asked is refused', async (t) => {
  const { calls, scene } = await openGroup(t);
  const nobody = { userId: 'nobody', reason: '' };
  for (const method of ['disableUser', 'enableUser', 'resetPassword']) {
    await t.rejects(calls(method, nobody, scene), { code: 'NO_SUCH_USER' }, method);
    await t.rejects(calls(method, {}, scene), { code: 'BAD_REQUEST' }, method);
    await t.rejects(calls(method, undefined, scene), { code: 'BAD_REQUEST' }, method);
  }
  const long = { userId: 'ben', reason: 'x'.repeat(MAX_DISABLE_REASON_BYTES + 1) };
  await t.rejects(calls('disableUser', long, scene), { code: 'BAD_REQUEST' });
  for (const method of ['hello', 'login', 'toString', '__proto__']) {
    await t.rejects(calls(method, {}, scene), { code: 'BAD_REQUEST' }, method);
  }
});

void t.test('a change that cannot be stored has not happened', async (t) => {
  const { scene, ben, ask } = await openGroup(t);
  const disabling = () => ask('disableUser', { userId: 'ben', reason: '' });
  await t.rejects(scene.withFullDisk(disabling), { message: 'disk full' });
  t.ok(scene.isSilent());
  t.match(await scene.call(ben, 'ticket', g), { epoch: 1 });
});
