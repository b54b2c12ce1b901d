import { generateKeyPairSync } from 'node:crypto';
import t, { type Test } from 'tap';
import { checkHistory } from '../../../src/main/engine/history-check.js';
import { createInviteCode, hashInviteCode } from '../../../src/net/invites.js';
import { ticketPublicKey } from '../../../src/net/ticket.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import type { Store } from '../../../src/tracker/store/store.js';
import { sampleFile } from '../tracker-client.js';
import { openScene, type FakeClient, type TrackerScene } from '../tracker-scene.js';

const g = { groupId: 'g' };

async function openGroup(t: Test) {
  const scene = await openScene(t);
  const [anna, ben, cleo] = [
    await scene.enter('anna'),
    await scene.enter('ben'),
    await scene.enter('cleo'),
  ];
  await scene.makeGroup('g', anna);
  return { scene, anna, ben, cleo };
}

/** The history of g as entries in short, after it was read through. */
async function historyOf(t: Test, scene: TrackerScene, client: FakeClient) {
  const { items: entries, ...page } = await scene.call(client, 'history', g);
  const publicKey = ticketPublicKey(Buffer.from(scene.context.tickets.publicKey, 'base64'));
  t.match(checkHistory({ ...g, entries, ...page }, [], publicKey), { state: 'whole' });
  return entries.map(({ actor, action, subjects }) => [actor, action, ...subjects].join(' '));
}

void t.test('who did what in a group', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  const secret = createInviteCode();
  const inviteId = hashInviteCode(secret);
  const invite = { ...g, inviteId, uses: 2, lifetimeMs: 1_000 };
  await scene.call(ben, 'joinGroup', g);
  await scene.call(ben, 'leaveGroup', g);
  await scene.call(cleo, 'joinGroup', g);
  await scene.call(anna, 'rejectRequest', { ...g, userId: 'cleo' });
  await scene.call(cleo, 'joinGroup', g);
  await scene.call(anna, 'acceptRequest', { ...g, userId: 'cleo' });
  await scene.call(anna, 'createInvite', invite);
  await scene.call(ben, 'redeemInvite', { ...g, secret });
  await scene.call(ben, 'redeemInvite', { ...g, secret });
  await scene.call(anna, 'revokeInvite', { ...g, inviteId });
  await scene.call(anna, 'revokeInvite', { ...g, inviteId });
  await scene.call(anna, 'kick', { ...g, userId: 'cleo' });
  await scene.call(anna, 'transferOwner', { ...g, userId: 'ben' });
  await scene.call(ben, 'leaveGroup', g);
  t.same(await historyOf(t, scene, anna), [
    'anna create',
    'anna reject cleo',
    'anna accept cleo',
    `anna invite ${inviteId}`,
    `ben join ${inviteId}`,
    `anna revoke ${inviteId}`,
    'anna kick cleo',
    'anna owner ben',
    'ben leave',
    'ben owner anna',
  ]);
});

void t.test('what one call shares is one entry, and nothing where nothing was new', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.call(ben, 'joinGroup', g);
  await scene.call(anna, 'acceptRequest', { ...g, userId: 'ben' });
  const file = (name: string, seed: number, replace = false) => {
    const { fileId, description } = sampleFile(seed);
    return { name, fileId, description, replace };
  };
  const share = (client: FakeClient, ...files: ReturnType<typeof file>[]) =>
    scene.call(client, 'shareFiles', { ...g, files, announce: false });
  await share(anna, file('a', 1), file('b', 2));
  await share(anna, file('a', 1), file('b', 2));
  await share(ben, file('a', 1), file('b', 3), file('c', 4));
  await share(anna, file('a', 5, true), file('b', 6, true), file('d', 7));
  await scene.call(ben, 'shareFile', { ...g, ...file('e', 8) });
  await t.rejects(scene.call(ben, 'shareFile', { ...g, ...file('a', 9) }), { code: 'NAME_TAKEN' });
  await scene.call(ben, 'stopShare', { ...g, name: 'e' });
  t.same((await historyOf(t, scene, anna)).slice(2), [
    'anna share a b',
    'ben share a c',
    'anna share d',
    'anna replace a b',
    'ben share e',
    'ben stop e',
  ]);
});

void t.test('what was refused, or is not on disk, has not happened', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await t.rejects(scene.call(anna, 'kick', { ...g, userId: 'ben' }), { code: 'NO_SUCH_USER' });
  await t.rejects(scene.call(ben, 'kick', { ...g, userId: 'anna' }), { code: 'NOT_OWNER' });
  await t.rejects(
    scene.withFullDisk(() => scene.call(ben, 'joinGroup', g)),
    { message: 'disk full' },
  );
  t.same(await historyOf(t, scene, anna), ['anna create']);
});

void t.test('turns of many at once make one chain', async (t) => {
  const { scene, anna } = await openGroup(t);
  const people = await Promise.all(Array.from({ length: 7 }, (_, n) => scene.enter(`user-${n}`)));
  await Promise.all(people.map((one) => scene.call(one, 'joinGroup', g)));
  await Promise.all(
    people.map(({ userId }) => scene.call(anna, 'acceptRequest', { ...g, userId })),
  );
  t.equal((await historyOf(t, scene, anna)).length, 8);
});

void t.test('members alone read it', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await t.rejects(scene.call(ben, 'history', g), { code: 'NOT_A_MEMBER' });
  await t.rejects(scene.call(ben, 'history', { groupId: 'h' }), { code: 'NO_SUCH_GROUP' });
  await scene.call(ben, 'joinGroup', g);
  await t.rejects(scene.call(ben, 'history', g), { code: 'NOT_A_MEMBER' }, 'nor who only asks');
  await scene.call(anna, 'acceptRequest', { ...g, userId: 'ben' });
  t.equal((await historyOf(t, scene, ben)).length, 2);
});

void t.test('a history ends with its group', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const before = await scene.call(anna, 'history', g);
  t.equal(before.incarnation, INCARNATION);
  await scene.call(anna, 'leaveGroup', g);
  Object.assign(scene.context, { createIncarnation: () => OTHER_INCARNATION });
  await scene.makeGroup('g', ben);
  const after = await scene.call(ben, 'history', g);
  t.match(after, { incarnation: OTHER_INCARNATION, head: { count: 1 } });
  t.not(after.head.hash, before.head.hash);
  t.same(await historyOf(t, scene, ben), ['ben create']);
});

void t.test('a long history comes in pages, and the last one says how far it goes', async (t) => {
  const { scene, anna } = await openGroup(t);
  for (let n = 0; n < 400; n++) {
    const { fileId, description } = sampleFile(1);
    const name = `${n} ${'x'.repeat(200)}`;
    await scene.call(anna, 'shareFile', { ...g, name, fileId, description });
  }
  const numbers: number[] = [];
  let pages = 0;
  for (let after = '0'; ; pages++) {
    const page = await scene.call(anna, 'history', { ...g, after });
    numbers.push(...page.items.map(({ seq }) => seq));
    t.equal(page.head.count, 401);
    if (page.next === undefined) break;
    after = page.next;
  }
  t.ok(pages > 1);
  t.same(
    numbers,
    Array.from({ length: 401 }, (_, n) => n + 1),
  );
});

void t.test('reading all of a history reads each entry about once', async (t) => {
  const { scene, anna } = await openGroup(t);
  const count = 120;
  await scene.context.store.transaction(async (tx) => {
    for (let seq = 2; seq <= count; seq++) {
      const subjects = Array.from({ length: 16 }, (_, n) => `${seq} ${n} ${'x'.repeat(240)}`);
      const entry = { seq, atMs: seq, action: 'share', actor: 'anna', subjects };
      await tx.addHistoryEntry(
        'g',
        { ...entry, hash: '0a'.repeat(32) },
        100 + subjects.join('').length,
      );
    }
  });
  let read = 0;
  const { store } = scene.context;
  const counted: Store = {
    ...store,
    read: (work) =>
      store.read((tx) =>
        work({
          ...tx,
          listHistory: async (...wanted) => {
            const entries = await tx.listHistory(...wanted);
            read += entries.length;
            return entries;
          },
        }),
      ),
  };
  Object.assign(scene.context, { store: counted });
  let told = 0;
  for (let after: string | undefined = '0'; after !== undefined;) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(after);
    told += page.items.length;
    after = page.next;
  }
  t.equal(told, count);
  t.ok(read >= count && read < 1.3 * count, `${read} read`);

  function readPage(after: string) {
    return scene.call(anna, 'history', { ...g, after });
  }
});

void t.test('a head is signed with the key of the tracker', async (t) => {
  const { scene, anna } = await openGroup(t);
  const { items: entries, ...page } = await scene.call(anna, 'history', g);
  const { publicKey } = generateKeyPairSync('ed25519');
  t.match(checkHistory({ ...g, entries, ...page }, [], publicKey), { flaw: 'unsigned' });
});
