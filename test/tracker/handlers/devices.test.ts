import t, { type Test } from 'tap';
import { FREE_LOGIN_FAILURES } from '../../../src/net/limits.js';
import { sampleFile } from '../tracker-client.js';
import { deviceId, diskFull, openScene, type FakeClient } from '../tracker-scene.js';

const HOUR_MS = 3600 * 1000;
const old = 'password of anna';
const change = { oldPassword: old, newPassword: 'another one' };
const wrong = { code: 'WRONG_PASSWORD' };
const ended = (message: RegExp) => [['sessionEnded', { code: 'NOT_LOGGED_IN', message }]];

/** Anna is logged in on her pc and, an hour later, on her phone; ben on his pc. */
async function openAccounts(t: Test) {
  const scene = await openScene(t);
  const pc = await scene.enter('anna', 'pc');
  scene.nowMs += HOUR_MS;
  const phone = await scene.enter('anna', 'phone');
  const ben = await scene.enter('ben');
  scene.forget();
  const resume = ({ token }: FakeClient, device: string) =>
    scene.call(scene.connect(device), 'resume', { token });
  return { scene, pc, phone, ben, resume };
}

void t.test('these need a login', async (t) => {
  const scene = await openScene(t);
  const stranger = scene.connect('pc');
  const refused = { code: 'NOT_LOGGED_IN' };
  await t.rejects(scene.call(stranger, 'changePassword', change), refused);
  await t.rejects(scene.call(stranger, 'listDevices', {}), refused);
  await t.rejects(scene.call(stranger, 'logoutDevice', {}), refused);
});

void t.test('a new password ends every login but the one that set it', async (t) => {
  const { scene, pc, phone, ben, resume } = await openAccounts(t);
  const other = await scene.logIn(scene.connect('pc'), 'anna');
  await t.rejects(scene.call(pc, 'changePassword', { ...change, oldPassword: 'guess' }), wrong);
  t.ok(scene.isSilent(), 'nothing happens for a wrong one');
  t.same(await scene.call(pc, 'changePassword', change), {});
  for (const one of [phone, other]) {
    t.match(one.socket.takePushes(), ended(/password was changed/));
    t.notOk(one.session.isOpen);
  }
  t.same(scene.takePushes(pc, ben), [[], []]);
  t.equal(pc.session.login?.userId, 'anna');
  await resume(pc, 'pc');
  await t.rejects(resume(phone, 'phone'), { code: 'NOT_LOGGED_IN' });
  const fresh = scene.connect('phone');
  await t.rejects(scene.call(fresh, 'login', { userId: 'anna', password: old }), wrong);
  await scene.call(fresh, 'login', { userId: 'anna', password: change.newPassword });
});

void t.test('whoever has a login guesses the password no faster than at the door', async (t) => {
  const { scene, pc } = await openAccounts(t);
  for (let n = 0; n < FREE_LOGIN_FAILURES; n++) {
    const guess = { ...change, oldPassword: `guess ${n}` };
    await t.rejects(scene.call(pc, 'changePassword', guess), wrong);
  }
  await t.rejects(scene.call(pc, 'changePassword', change), { code: 'TOO_MANY_ATTEMPTS' });
});

void t.test('of two changes at once the second finds the password changed', async (t) => {
  const { scene, pc, phone } = await openAccounts(t);
  const [first, second] = await Promise.allSettled([
    scene.call(pc, 'changePassword', change),
    scene.call(phone, 'changePassword', { ...change, newPassword: 'a third' }),
  ]);
  t.equal(first.status, 'fulfilled');
  t.equal(second.status, 'rejected');
  const login = { userId: 'anna', password: change.newPassword };
  await scene.call(scene.connect('tablet'), 'login', login);
});

void t.test('the devices of a user, when they were seen and whether they are in', async (t) => {
  const { scene, pc, phone, resume } = await openAccounts(t);
  const start = scene.nowMs - HOUR_MS;
  const row = (name: string, first: number, last: number, isLoggedIn = true) => ({
    ...{ deviceId: deviceId(name), firstSeenAtMs: first, lastSeenAtMs: last, isLoggedIn },
  });
  const inOrder = (...rows: ReturnType<typeof row>[]) =>
    rows.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  const list = () => scene.call(pc, 'listDevices', {});
  const before = inOrder(row('pc', start, start), row('phone', scene.nowMs, scene.nowMs));
  t.same(await list(), { items: before });
  scene.nowMs += HOUR_MS + 1;
  await resume(pc, 'pc');
  await scene.call(phone, 'logout', {});
  const phoneAt = scene.nowMs - HOUR_MS - 1;
  const after = inOrder(row('pc', start, scene.nowMs), row('phone', phoneAt, phoneAt, false));
  t.same(await list(), { items: after });
  scene.nowMs += 1;
  await resume(pc, 'pc');
  t.same(await list(), { items: after }, 'not written down at each use');
  t.same(await scene.call(pc, 'listDevices', { after: after[0]!.deviceId }), { items: [after[1]] });
});

void t.test('a device that is logged out elsewhere serves and sees nothing more', async (t) => {
  const { scene, pc, phone, ben, resume } = await openAccounts(t);
  await scene.makeGroup('g', pc, ben);
  const { fileId, description } = sampleFile(1);
  await scene.goOnline(phone);
  await scene.call(phone, 'shareFile', { groupId: 'g', name: 'cat', fileId, description });
  await scene.call(phone, 'announce', { files: [{ groupId: 'g', fileId, state: 'complete' }] });
  t.equal(scene.context.presence.swarmSize('g', fileId).complete, 1);
  scene.forget();
  const known = { isKnown: true };
  t.same(await scene.call(pc, 'logoutDevice', { deviceId: phone.deviceId }), known);
  t.match(phone.socket.takePushes(), ended(/from another device/));
  t.notOk(phone.session.isOpen);
  t.equal(scene.context.presence.swarmSize('g', fileId).complete, 0);
  await t.rejects(resume(phone, 'phone'), { code: 'NOT_LOGGED_IN' });
  await resume(pc, 'pc');
  t.match(await scene.call(pc, 'listDevices', {}), { items: [{ deviceId: pc.deviceId }] });
  const nobody = { isKnown: false };
  for (const id of [phone.deviceId, deviceId('nobody’s'), ben.deviceId]) {
    t.same(await scene.call(pc, 'logoutDevice', { deviceId: id }), nobody, 'nor one of others');
  }
  t.ok(ben.session.isOpen);
});

void t.test('all other logins end, and the one that asks stays', async (t) => {
  const { scene, pc, phone, ben, resume } = await openAccounts(t);
  const web = await scene.logIn(scene.connect(undefined), 'anna');
  t.same(await scene.call(pc, 'logoutDevice', {}), { isKnown: true });
  for (const one of [phone, web]) t.notOk(one.session.isOpen);
  t.ok(pc.session.isOpen && ben.session.isOpen);
  await resume(pc, 'pc');
  await t.rejects(resume(phone, 'phone'), { code: 'NOT_LOGGED_IN' });
  t.match(await scene.call(pc, 'listDevices', {}), { items: [{ deviceId: pc.deviceId }] });
  await scene.call(pc, 'logoutDevice', { deviceId: pc.deviceId });
  t.ok(pc.session.isOpen, 'its own login ends by `logout`');
});

void t.test('nothing happens when the commit fails', async (t) => {
  const { scene, pc, phone } = await openAccounts(t);
  for (const call of [
    () => scene.call(pc, 'changePassword', change),
    () => scene.call(pc, 'logoutDevice', { deviceId: phone.deviceId }),
    () => scene.call(pc, 'logoutDevice', {}),
  ]) {
    await t.rejects(scene.withFullDisk(call), diskFull);
    t.ok(scene.isSilent());
    t.ok(phone.session.isOpen);
  }
  await scene.call(scene.connect('pc'), 'login', { userId: 'anna', password: old });
});

/** Anna's account is that of her pc's key; she is logged in there. */
async function openKeyAccount(t: Test) {
  const scene = await openScene(t);
  const pc = scene.connect('pc');
  await scene.call(pc, 'createUser', { userId: 'anna' });
  await scene.call(pc, 'loginByKey', {});
  const byKey = (device: string) => scene.call(scene.connect(device), 'loginByKey', {});
  return { scene, pc, byKey };
}
const first = { newPassword: 'a first one' };

void t.test('an account without a password gets one from the device that opens it', async (t) => {
  const { scene, pc, byKey } = await openKeyAccount(t);
  t.same(await scene.call(pc, 'changePassword', first), {});
  await t.rejects(scene.call(pc, 'changePassword', first), wrong, 'it has one now');
  const phone = scene.connect('phone');
  await scene.call(phone, 'login', { userId: 'anna', password: first.newPassword });
  await t.rejects(scene.call(phone, 'changePassword', first), wrong);
  t.equal((await byKey('pc')).userId, 'anna', 'the key opens it as before');
});

void t.test('a device that is logged out from elsewhere opens the account no more', async (t) => {
  for (const which of [{ deviceId: deviceId('pc') }, {}]) {
    const { scene, pc, byKey } = await openKeyAccount(t);
    await scene.call(pc, 'changePassword', first);
    const phone = scene.connect('phone');
    await scene.call(phone, 'login', { userId: 'anna', password: first.newPassword });
    await scene.call(phone, 'logoutDevice', which);
    await t.rejects(byKey('pc'), { code: 'NO_SUCH_USER' });
  }
});

void t.test('so it is when the password is changed elsewhere', async (t) => {
  const { scene, pc, byKey } = await openKeyAccount(t);
  await scene.call(pc, 'changePassword', first);
  const phone = scene.connect('phone');
  await scene.call(phone, 'login', { userId: 'anna', password: first.newPassword });
  const change = { oldPassword: first.newPassword, newPassword: 'a second one' };
  await scene.call(phone, 'changePassword', change);
  await t.rejects(byKey('pc'), { code: 'NO_SUCH_USER' });
});

void t.test('the only device is not shut out by logging out all others', async (t) => {
  const { scene, pc, byKey } = await openKeyAccount(t);
  await scene.call(pc, 'logoutDevice', {});
  t.equal((await byKey('pc')).userId, 'anna');
});
