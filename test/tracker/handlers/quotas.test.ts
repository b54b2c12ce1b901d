import t, { type Test } from 'tap';
import type { AdminMethods } from '../../../src/net/admin-api.js';
import { createInviteCode, hashInviteCode } from '../../../src/net/invites.js';
import { createAdminCalls } from '../../../src/tracker/admin/admin-calls.js';
import { sampleFile } from '../tracker-client.js';
import { openScene, type FakeClient } from '../tracker-scene.js';

const g = { groupId: 'g' };
const quota = { code: 'QUOTA' };

/** Anna owns g, in which ben is. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('g', anna, ben);
  const calls = createAdminCalls(scene.context);
  const set = (
    kind: 'user' | 'group',
    id: string,
    change: AdminMethods['setQuota']['params']['change'],
  ) => calls('setQuota', { kind, id, change }, scene);
  const share = (who: FakeClient, name: string, seed: number, more: object = {}) => {
    const { fileId, description } = sampleFile(seed);
    return scene.call(who, 'shareFile', { ...g, name, fileId, description, ...more });
  };
  const uses = (who: FakeClient) => scene.call(who, 'quotaUse', {});
  return { scene, anna, ben, calls, set, share, uses };
}

void t.test('a default holds for all, an exception for one', async (t) => {
  const { anna, ben, set, share, uses } = await openGroup(t);
  t.same(await uses(ben), { user: {}, groups: [] });
  await set('user', '', { files: 1 });
  await set('user', 'anna', { files: 2 });
  await share(ben, 'a', 1);
  await t.rejects(share(ben, 'b', 2), quota);
  await share(anna, 'b', 2);
  await share(anna, 'c', 3);
  await t.rejects(share(anna, 'd', 4), quota);
  t.same(await uses(anna), { user: { files: { used: 2, allowed: 2 } }, groups: [] });
  await set('user', 'anna', { files: 'none' });
  await share(anna, 'd', 4);
  t.same(await uses(anna), { user: {}, groups: [] });
  await set('user', 'anna', { files: 'default' });
  await t.rejects(share(anna, 'e', 5), quota);
});

void t.test('who gives something up has room again, and a group that ends gives all', async (t) => {
  const { scene, anna, ben, set, share, uses } = await openGroup(t);
  const { bytes } = sampleFile(1);
  await set('user', '', { bytes: bytes.length });
  await set('group', 'g', { files: 2 });
  await share(ben, 'a', 1);
  await t.rejects(share(ben, 'b', 2), quota);
  await scene.call(ben, 'stopShare', { ...g, name: 'a' });
  await share(ben, 'b', 2);
  await share(anna, 'c', 3);
  t.same((await uses(ben)).groups, [{ ...g, files: { used: 2, allowed: 2 } }]);
  const [other, third] = [sampleFile(4), sampleFile(5)];
  await set('user', '', { bytes: 'none' });
  const replaced = { fileId: other.fileId, description: other.description, replace: true };
  t.match(
    await share(anna, 'c', 4, replaced),
    { outcome: 'replaced' },
    'takes nobody\u2019s place',
  );
  await t.rejects(share(anna, 'd', 5), quota);
  await scene.call(anna, 'leaveGroup', g);
  t.same((await uses(ben)).groups, [{ ...g, files: { used: 1, allowed: 2 } }]);
  await scene.call(ben, 'leaveGroup', g);
  await scene.call(ben, 'createGroup', g);
  t.same(await uses(ben), { user: {}, groups: [] }, 'another group of that name has none');
  t.match(await share(ben, 'd', 5, { fileId: third.fileId }), { outcome: 'created' });
});

void t.test('of a hundred at a time as many come in as there is room for', async (t) => {
  const { scene, ben, set, share } = await openGroup(t);
  for (const [kind, id] of [
    ['user', 'ben'],
    ['group', 'g'],
  ] as const) {
    const { length: before } = (await scene.call(ben, 'listFiles', g)).items;
    await set(kind, id, { files: before + 1 });
    const device = await scene.enter('ben', `for ${kind}`);
    const shares = Array.from({ length: 50 }, (_, n) => [
      share(ben, `${kind} ${n}`, 10 + n),
      share(device, `${kind} other ${n}`, 70 + n),
    ]);
    const ends = await Promise.allSettled(shares.flat());
    const refused = ends.flatMap((end) =>
      end.status === 'rejected' ? [end.reason as { code: string }] : [],
    );
    t.equal(ends.length - refused.length, 1, kind);
    for (const { code } of refused) if (code !== 'BUSY') t.equal(code, 'QUOTA');
    const files = await scene.context.store.read((tx) => tx.countSharesOf('ben'));
    t.equal(files, before + 1);
    await set(kind, id, { files: 'none' });
  }
});

void t.test('a group takes no more members than it may', async (t) => {
  const { scene, anna, set } = await openGroup(t);
  const [cleo, dora] = [await scene.enter('cleo'), await scene.enter('dora')];
  await set('group', '', { members: 2 });
  const secret = createInviteCode();
  const invite = { ...g, inviteId: hashInviteCode(secret), uses: 9, lifetimeMs: 1_000 };
  await scene.call(anna, 'createInvite', invite);
  await scene.call(cleo, 'joinGroup', g);
  const full = {
    code: 'QUOTA',
    message: /^the quota of the group g on this tracker is \d members; /,
  };
  const accept = () => scene.call(anna, 'acceptRequest', { ...g, userId: 'cleo' });
  await t.rejects(accept(), full);
  t.same(await scene.call(anna, 'listRequests', g), { items: ['cleo'] }, 'the request waits on');
  const redeem = (who: FakeClient) => scene.call(who, 'redeemInvite', { ...g, secret });
  await t.rejects(redeem(dora), full);
  const stranger = scene.call(dora, 'redeemInvite', { ...g, secret: createInviteCode() });
  await t.rejects(stranger, { code: 'INVITE_INVALID' }, 'who has no way in learns nothing');
  await set('group', 'g', { members: 3 });
  await accept();
  await t.rejects(redeem(dora), full);
  await scene.call(anna, 'kick', { ...g, userId: 'ben' });
  await set('group', 'g', { members: 'none' });
  await scene.call(anna, 'createInvite', invite);
  t.match(await redeem(dora), { isNew: true });
});

void t.test('what is set is listed, and changed figure by figure', async (t) => {
  const { calls, scene, set } = await openGroup(t);
  const list = (kind: string) => calls('quotas', { kind }, scene);
  t.same(await list('user'), { items: [] });
  t.same(await set('user', '', { files: 5, bytes: 10 }), {
    kind: 'user',
    id: '',
    files: 5,
    bytes: 10,
  });
  await set('user', 'ben', { files: 'none' });
  await set('user', '', { bytes: 'none' });
  t.same(await list('user'), {
    items: [
      { kind: 'user', id: '', files: 5 },
      { kind: 'user', id: 'ben', files: 'none' },
    ],
  });
  t.same(await list('group'), { items: [] });
  await set('user', 'ben', { files: 'default' });
  await set('user', '', { files: 'default' });
  t.same(await list('user'), { items: [] });
  await t.rejects(set('user', 'nobody', { files: 1 }), { code: 'NO_SUCH_USER' });
  await t.rejects(set('group', 'nowhere', { files: 1 }), { code: 'NO_SUCH_GROUP' });
  for (const files of [-1, 1.5, 'all', null]) {
    await t.rejects(set('user', '', { files: files as never }), { code: 'BAD_REQUEST' });
  }
});
