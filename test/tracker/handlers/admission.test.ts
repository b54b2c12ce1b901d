import t, { type Test } from 'tap';
import { diskFull, membership, openScene } from '../tracker-scene.js';
import { at } from '../../fixtures/incarnations.js';

const g = { groupId: 'g' };
const benInG = { ...g, userId: 'ben' };

/** Anna owns g, cleo is a member, ben asks to join it. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, cleo);
  await scene.call(ben, 'joinGroup', g);
  scene.forget();
  return { scene, anna, ben, cleo };
}

void t.test('only those who govern the group may', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  for (const other of [ben, cleo]) {
    await t.rejects(scene.call(other, 'listRequests', g), { code: 'NOT_OWNER' });
    for (const method of ['acceptRequest', 'rejectRequest', 'kick'] as const) {
      await t.rejects(scene.call(other, method, benInG), { code: 'NOT_OWNER' }, method);
    }
  }
  for (const method of ['acceptRequest', 'rejectRequest', 'kick'] as const) {
    const nowhere = { groupId: 'x', userId: 'ben' };
    await t.rejects(scene.call(anna, method, nowhere), { code: 'NO_SUCH_GROUP' }, method);
  }
  t.ok(scene.isSilent());
});

void t.test('who is accepted is told, and belongs to the group from then on', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  t.same(await scene.call(anna, 'listRequests', g), { items: ['ben'] });
  t.same(await scene.call(anna, 'acceptRequest', benInG), {});
  t.same(scene.takePushes(anna, ben, cleo), [[], [membership('g', 'member', 1)], []]);
  t.same(await scene.call(anna, 'listRequests', g), { items: [] });
  await scene.call(anna, 'kick', { ...g, userId: 'cleo' });
  const epoch = ['epoch', { ...g, ...at(2), removedUsers: ['cleo'] }];
  t.same(scene.takePushes(anna, ben), [[epoch], [epoch]]);
});

void t.test('who is turned away is told', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  t.same(await scene.call(anna, 'rejectRequest', benInG), {});
  t.same(scene.takePushes(anna, ben, cleo), [[], [membership('g', 'rejected', 1)], []]);
  for (const method of ['acceptRequest', 'rejectRequest'] as const) {
    await t.rejects(scene.call(anna, method, benInG), { code: 'NO_SUCH_REQUEST' }, method);
  }
});

void t.test('a member is kicked, and everyone who is left hears the new epoch', async (t) => {
  const { scene, anna, ben, cleo } = await openGroup(t);
  t.same(await scene.call(anna, 'kick', { ...g, userId: 'cleo' }), { endedInvites: 0 });
  const epoch = ['epoch', { ...g, ...at(2), removedUsers: ['cleo'] }];
  t.same(scene.takePushes(anna, ben, cleo), [[epoch], [], [membership('g', 'removed', 2, 'anna')]]);
});

void t.test('neither oneself nor a stranger can be kicked', async (t) => {
  const { scene, anna } = await openGroup(t);
  const self = { ...g, userId: 'anna' };
  await t.rejects(scene.call(anna, 'kick', self), { code: 'BAD_REQUEST' });
  await t.rejects(scene.call(anna, 'kick', benInG), { code: 'NO_SUCH_USER' });
  t.ok(scene.isSilent());
});

void t.test('nobody hears of what could not be committed', async (t) => {
  const { scene, anna } = await openGroup(t);
  const cleoInG = { ...g, userId: 'cleo' };
  const failing = [
    () => scene.call(anna, 'acceptRequest', benInG),
    () => scene.call(anna, 'rejectRequest', benInG),
    () => scene.call(anna, 'kick', cleoInG),
  ];
  for (const call of failing) await t.rejects(scene.withFullDisk(call), diskFull);
  t.ok(scene.isSilent());
  t.same(await scene.call(anna, 'listRequests', g), { items: ['ben'] });
});

void t.test('what follows each request, as data', async (t) => {
  const { scene, anna } = await openGroup(t);
  t.same(await scene.effectsOf(() => scene.call(anna, 'listRequests', g)), []);
  t.same(await scene.effectsOf(() => scene.call(anna, 'acceptRequest', benInG)), [
    { type: 'member-joined', ...benInG, role: 'member', ...at(1) },
  ]);
  t.same(await scene.effectsOf(() => scene.call(anna, 'kick', benInG)), [
    { type: 'member-removed', ...benInG, by: 'anna', ...at(2) },
    { type: 'files-changed', ...g },
  ]);
  await scene.call(await scene.enter('ben'), 'joinGroup', g);
  t.same(await scene.effectsOf(() => scene.call(anna, 'rejectRequest', benInG)), [
    { type: 'request-rejected', ...benInG, ...at(2) },
  ]);
});
