import t, { type Test } from 'tap';
import { inTurn } from '../../src/tracker/context.js';
import { existing } from '../../src/tracker/group-rules.js';
import { MAX_TURNS_PER_REMOVAL, SHARES_ENDED_PER_TURN } from '../../src/net/limits.js';
import { inRemovalTurns, removeFromGroup } from '../../src/tracker/removal.js';
import { allPeers } from './presence/all-peers.js';
import { sampleFile } from './tracker-client.js';
import { diskFull, membership, openScene, type TrackerScene } from './tracker-scene.js';
import { at } from '../fixtures/incarnations.js';

const cat = sampleFile(1);
const dog = sampleFile(2);
const g = { groupId: 'g' };

/**
 * Anna owns g with ben in it. Anna shares cat and dog, ben the cat alone; both serve what they
 * share and ben has begun with the dog. Both watch both files.
 */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna, ben);
  for (const client of [anna, ben]) {
    await scene.goOnline(client);
    const files = [
      { name: 'cat', ...cat },
      { name: 'dog', ...dog },
    ].map(({ name, fileId, description }) => ({ name, fileId, description }));
    const shared = client === anna ? files : files.slice(0, 1);
    await scene.call(client, 'shareFiles', { ...g, files: shared, announce: true });
  }
  const growing = { ...g, fileId: dog.fileId, state: 'partial' } as const;
  await scene.call(ben, 'announce', { files: [growing] });
  for (const client of [anna, ben]) {
    for (const { fileId } of [cat, dog]) await scene.call(client, 'watch', { ...g, fileId });
  }
  scene.elapse();
  scene.forget();
  return { scene, anna, ben };
}

function remove(scene: TrackerScene, userId: string) {
  return inTurn(scene.context, async (turn) =>
    removeFromGroup(turn, existing(await turn.tx.findGroup('g')), {
      userId,
      type: 'member-removed',
    }),
  );
}

void t.test('a removed member offers and watches nothing in the group any more', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  t.same(await remove(scene, 'ben'), { outcome: 'owner-stays' });
  const { presence } = scene.context;
  t.match(allPeers(presence, 'g', cat.fileId), [{ userId: 'anna' }]);
  t.match(allPeers(presence, 'g', dog.fileId), [{ userId: 'anna' }]);
  t.same(scene.takePushes(anna, ben), [
    [['epoch', { ...g, ...at(2), removedUsers: ['ben'] }]],
    [membership('g', 'removed', 2)],
  ]);
  scene.elapse();
  const gone = (fileId: string) => ['peers', { ...g, fileId, online: [], gone: [ben.deviceId] }];
  t.same(scene.takePushes(anna, ben), [[gone(cat.fileId), gone(dog.fileId)], []]);
});

void t.test('a content that went with the member is withdrawn from everyone', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  t.same(await remove(scene, 'anna'), { outcome: 'new-owner', userId: 'ben' });
  const { presence } = scene.context;
  t.match(allPeers(presence, 'g', cat.fileId), [{ userId: 'ben' }]);
  t.same(allPeers(presence, 'g', dog.fileId), [], 'nobody shares the dog');
  t.same(scene.takePushes(anna, ben), [
    [membership('g', 'removed', 2)],
    [['epoch', { ...g, ...at(2), removedUsers: ['anna'] }], membership('g', 'owner', 2)],
  ]);
});

void t.test('with the last member the group ends, and who asked is told', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const cleo = await scene.enter('cleo');
  await scene.call(cleo, 'joinGroup', g);
  await remove(scene, 'ben');
  scene.forget();
  t.same(await remove(scene, 'anna'), { outcome: 'group-ended' });
  t.same(scene.takePushes(anna, ben, cleo), [
    [membership('g', 'removed', 3)],
    [],
    [membership('g', 'rejected', 3)],
  ]);
  t.equal(scene.context.presence.counts().announced, 0);
  t.equal(await inTurn(scene.context, ({ tx }) => tx.findGroup('g')), undefined);
});

/** So many more files in g, shared by a user without a word of the history. */
async function shareMany(scene: TrackerScene, userId: string, deviceId: string, count: number) {
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < count; n++) {
      const [name, fileId] = [`file ${n}`, `${n}`.padStart(64, '0')];
      await tx.addDescription(fileId, { size: 5 }, new Uint8Array(3), userId);
      await tx.addFile({ ...g, name, fileId, size: 5 }, 1);
      await tx.addShare({ ...g, name, userId, deviceId }, 1);
    }
  });
}

void t.test(
  'who shares much leaves in several turns, between which others have theirs',
  async (t) => {
    const { scene, anna, ben } = await openGroup(t);
    await shareMany(scene, 'ben', ben.deviceId, 3 * SHARES_ENDED_PER_TURN);
    scene.takeEffects();
    const order: string[] = [];
    const leaving = scene.call(ben, 'leaveGroup', g).then(() => order.push('left'));
    const asking = scene.call(anna, 'listMembers', g).then(() => order.push('answered'));
    await Promise.all([leaving, asking]);
    t.same(order, ['answered', 'left']);
    const effects = scene.takeEffects().map(({ type }) => type);
    const count = (type: string) => effects.filter((one) => one === type).length;
    // Ben has one share besides, of what anna shares too.
    t.equal(count('offer-ended'), 3 * SHARES_ENDED_PER_TURN);
    t.equal(count('content-gone'), 3 * SHARES_ENDED_PER_TURN);
    t.equal(effects.filter((type) => type === 'member-removed').length, 1);
    const counts = await scene.context.store.counts();
    t.match(counts, { files: 2, shares: 2 });
    t.match(await scene.call(anna, 'listMembers', g), { items: [{ userId: 'anna' }] });
  },
);

void t.test('a group with much in it ends with its last member', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  await scene.makeGroup('g', anna);
  await shareMany(scene, 'anna', anna.deviceId, SHARES_ENDED_PER_TURN + 1);
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n <= SHARES_ENDED_PER_TURN; n++) {
      const [name, fileId] = [`file ${n}`, `new ${n}`];
      await tx.addDescription(fileId, { size: 5 }, new Uint8Array(3), 'anna');
      await tx.replaceFile({ ...g, name, fileId, size: 5 }, 2, 3);
      await tx.addShare({ ...g, name, userId: 'anna', deviceId: anna.deviceId }, 2);
    }
  });
  t.same(await scene.call(anna, 'leaveGroup', g), { groupEnded: true });
  const none = { groups: 0, files: 0, shares: 0, descriptionBytes: 0 };
  t.match(await scene.context.store.counts(), none);
});

void t.test('a kick of someone who shares much is judged anew in each turn', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await shareMany(scene, 'ben', ben.deviceId, 2 * SHARES_ENDED_PER_TURN);
  const kicks = [1, 2].map(() => scene.call(anna, 'kick', { ...g, userId: 'ben' }));
  const ends = await Promise.allSettled(kicks);
  t.same(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  t.match(await scene.context.store.counts(), { files: 2, shares: 2 });
});

void t.test('a removal takes a bounded number of turns', async (t) => {
  let taken = 0;
  const turn = async (isLast: boolean) => (taken++, isLast ? 'done' : undefined);
  t.equal(await inRemovalTurns(turn), 'done');
  t.equal(taken, MAX_TURNS_PER_REMOVAL + 1);
  await t.rejects(
    inRemovalTurns(async () => undefined),
    { message: /bug/ },
  );
});

void t.test('what follows a removal, as data and in order', async (t) => {
  const { scene } = await openGroup(t);
  await scene.call(await scene.enter('cleo'), 'joinGroup', g);
  t.same(await scene.effectsOf(() => remove(scene, 'anna')), [
    { type: 'member-removed', ...g, userId: 'anna', ...at(2) },
    { type: 'content-gone', ...g, fileId: dog.fileId },
    { type: 'role-changed', ...g, userId: 'ben', role: 'owner', ...at(2) },
  ]);
  t.same(await scene.effectsOf(() => remove(scene, 'ben')), [
    { type: 'member-removed', ...g, userId: 'ben', ...at(3) },
    { type: 'content-gone', ...g, fileId: cat.fileId },
    { type: 'request-rejected', ...g, userId: 'cleo', ...at(3) },
  ]);
});

void t.test('nothing happens when the commit fails', async (t) => {
  const { scene, anna } = await openGroup(t);
  await t.rejects(
    scene.withFullDisk(() => remove(scene, 'anna')),
    diskFull,
  );
  scene.elapse();
  t.ok(scene.isSilent());
  t.equal(scene.context.presence.counts().announced, 4);
  t.match(await scene.call(anna, 'listMemberships', {}), { items: [{ role: 'owner', ...at(1) }] });
});
