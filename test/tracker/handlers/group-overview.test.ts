import t from 'tap';
import { MAX_OPEN_REQUESTS_TOLD } from '../../../src/net/limits.js';
import { openScene } from '../tracker-scene.js';

const g = { groupId: 'g' };

void t.test('who owns a group is told to all, the rest to its members', async (t) => {
  const scene = await openScene(t);
  const [anna, ben, cleo] = [
    await scene.enter('anna'),
    await scene.enter('ben'),
    await scene.enter('cleo'),
  ];
  await scene.makeGroup('g', anna, ben);
  await scene.makeGroup('h', ben);
  await scene.call(cleo, 'joinGroup', g);
  const described = async (who: typeof anna) => (await scene.call(who, 'describeGroups', {})).items;
  t.same(await described(anna), [
    { groupId: 'g', owner: 'anna', role: 'owner', members: 2, requests: 1 },
    { groupId: 'h', owner: 'ben' },
  ]);
  t.same(await described(ben), [
    { groupId: 'g', owner: 'anna', role: 'member', members: 2 },
    { groupId: 'h', owner: 'ben', role: 'owner', members: 1, requests: 0 },
  ]);
  t.same(await described(cleo), [
    { groupId: 'g', owner: 'anna', isAsked: true },
    { groupId: 'h', owner: 'ben' },
  ]);
  t.same(await scene.call(cleo, 'describeGroups', { after: 'g' }), {
    items: [{ groupId: 'h', owner: 'ben' }],
  });
});

void t.test('requests are told to those who may answer them, and to who asked', async (t) => {
  const scene = await openScene(t);
  const [anna, ben, cleo] = [
    await scene.enter('anna'),
    await scene.enter('ben'),
    await scene.enter('cleo'),
  ];
  await scene.makeGroup('g', anna, ben);
  await scene.call(cleo, 'joinGroup', g);
  t.same(await scene.call(anna, 'openRequests', {}), {
    toAnswer: [{ groupId: 'g', userId: 'cleo' }],
    asked: [],
  });
  t.same(await scene.call(ben, 'openRequests', {}), { toAnswer: [], asked: [] });
  t.same(await scene.call(cleo, 'openRequests', {}), { toAnswer: [], asked: ['g'] });
  await scene.call(anna, 'setRole', { ...g, userId: 'ben', role: 'admin' });
  t.equal((await scene.call(ben, 'openRequests', {})).toAnswer.length, 1, 'an admin may too');
});

void t.test('of many requests some are told, and that there are more', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const others = [await scene.enter('ben'), await scene.enter('cleo')];
  for (let one = 0; one <= MAX_OPEN_REQUESTS_TOLD / 2; one++) {
    const groupId = `g${one}`;
    await scene.makeGroup(groupId, anna);
    for (const other of others) await scene.call(other, 'joinGroup', { groupId });
  }
  const told = await scene.call(anna, 'openRequests', {});
  t.equal(told.toAnswer.length, MAX_OPEN_REQUESTS_TOLD);
  t.equal(told.isMore, true);
});
