import t, { type Test } from 'tap';
import { inTurn } from '../../src/tracker/context.js';
import { existing } from '../../src/tracker/group-rules.js';
import { removeFromGroup } from '../../src/tracker/removal.js';
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
