import t from 'tap';
import { JOIN_REQUEST_INTERVAL_MS, JOIN_REQUESTS_BURST } from '../../../src/net/limits.js';
import { handlers } from '../../../src/tracker/handlers/all.js';
import { diskFull, membership, openScene } from '../tracker-scene.js';
import { undoneTurns } from '../undone-turns.js';
import { at, incarnation } from '../../fixtures/incarnations.js';

const g = { groupId: 'g' };

void t.test('a group cannot be made that is taken for another one', async (t) => {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('films', anna);
  const message = /is too much like an existing name; choose another one$/;
  for (const groupId of ['Films', 'fi1ms', 'filrns', 'fіlms']) {
    const making = scene.call(ben, 'createGroup', { groupId });
    await t.rejects(making, { code: 'GROUP_EXISTS', message }, groupId);
  }
  await scene.call(anna, 'leaveGroup', { groupId: 'films' });
  await scene.call(ben, 'createGroup', { groupId: 'Films' });
});

void t.test('who makes a group owns it, and the user’s other clients are told', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const phone = await scene.enter('anna', 'phone');
  const ben = await scene.enter('ben');
  t.same(await scene.call(anna, 'createGroup', g), { ...g, ...at(1) });
  t.same(scene.takePushes(anna, phone, ben), [[], [membership('g', 'owner', 1)], []]);
  await t.rejects(scene.call(ben, 'createGroup', g), { code: 'GROUP_EXISTS' });
  t.same(await scene.call(anna, 'listMemberships', {}), {
    items: [{ ...g, ...at(1), role: 'owner' }],
  });
  t.same(await scene.call(ben, 'listMemberships', {}), { items: [] });
  t.same(await scene.call(ben, 'listGroups', {}), { items: ['g'] }, 'anyone sees that it exists');
  t.ok(scene.isSilent());
});

void t.test('who is in a group can be told by those who are in it', async (t) => {
  const scene = await openScene(t);
  const [anna, ben, cleo] = [
    await scene.enter('anna'),
    await scene.enter('ben'),
    await scene.enter('cleo'),
  ];
  await scene.makeGroup('g', cleo, anna);
  const all = [
    { userId: 'anna', role: 'member' },
    { userId: 'cleo', role: 'owner' },
  ];
  t.same(await scene.call(anna, 'listMembers', g), { items: all });
  t.same(await scene.call(cleo, 'listMembers', { ...g, after: 'anna' }), { items: all.slice(1) });
  await scene.call(ben, 'joinGroup', g);
  await t.rejects(scene.call(ben, 'listMembers', g), { code: 'NOT_A_MEMBER' });
  await t.rejects(scene.call(ben, 'listMembers', { groupId: 'x' }), { code: 'NO_SUCH_GROUP' });
});

void t.test('every session of the owner hears who asks to join', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const phone = await scene.enter('anna', 'phone');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, cleo);
  t.same(await scene.call(ben, 'joinGroup', g), {});
  const asked = [['joinRequest', { ...g, userId: 'ben' }]];
  t.same(scene.takePushes(anna, phone, ben, cleo), [asked, asked, [], []]);
});

void t.test('who may not join', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna);
  await scene.call(ben, 'joinGroup', g);
  scene.forget();
  await t.rejects(scene.call(ben, 'joinGroup', { groupId: 'x' }), { code: 'NO_SUCH_GROUP' });
  await t.rejects(scene.call(anna, 'joinGroup', g), { code: 'ALREADY_MEMBER' });
  await t.rejects(scene.call(ben, 'joinGroup', g), { code: 'ALREADY_REQUESTED' });
  t.ok(scene.isSilent());
});

void t.test('leaving takes back a request, silently', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna);
  await scene.call(ben, 'joinGroup', g);
  scene.forget();
  t.same(await scene.call(ben, 'leaveGroup', g), { groupEnded: false });
  t.ok(scene.isSilent());
  t.same(await scene.call(anna, 'listRequests', g), { items: [] });
  await t.rejects(scene.call(ben, 'leaveGroup', g), { code: 'NOT_A_MEMBER' });
  await t.rejects(scene.call(ben, 'leaveGroup', { groupId: 'x' }), { code: 'NO_SUCH_GROUP' });
});

void t.test('a leaving owner hands the group to who has been in it longest', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, cleo, ben);
  t.same(await scene.call(anna, 'leaveGroup', g), { newOwner: 'cleo', groupEnded: false });
  const epoch = ['epoch', { ...g, ...at(2), removedUsers: ['anna'] }];
  t.same(scene.takePushes(anna, ben, cleo), [
    [membership('g', 'removed', 2)],
    [epoch],
    [epoch, membership('g', 'owner', 2)],
  ]);
});

void t.test('the last one to leave ends the group and turns away who asked', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna);
  await scene.call(ben, 'joinGroup', g);
  scene.forget();
  t.same(await scene.call(anna, 'leaveGroup', g), { groupEnded: true });
  t.same(scene.takePushes(anna, ben), [
    [membership('g', 'removed', 2)],
    [membership('g', 'rejected', 2)],
  ]);
  t.same(await scene.call(anna, 'listGroups', {}), { items: [] });
});

void t.test('nobody hears of what could not be committed', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const phone = await scene.enter('anna', 'phone');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna);
  const failing = [
    () => scene.call(anna, 'createGroup', { groupId: 'h' }),
    () => scene.call(ben, 'joinGroup', g),
    () => scene.call(anna, 'leaveGroup', g),
  ];
  for (const call of failing) await t.rejects(scene.withFullDisk(call), diskFull);
  t.ok(scene.isSilent());
  scene.context.sessions.pushToGroup('g', 'epoch', { ...g, ...at(9), removedUsers: [] });
  scene.context.sessions.pushToGroup('h', 'epoch', { groupId: 'h', ...at(9), removedUsers: [] });
  t.equal(scene.takePushes(phone)[0]?.length, 1, 'anna is in g still, and not in h');
});

void t.test('what follows each request, as data', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, ben);
  t.same(await scene.effectsOf(() => scene.call(anna, 'createGroup', { groupId: 'h' })), [
    { type: 'group-created', groupId: 'h', userId: 'anna', ...at(1), incarnation: incarnation(1) },
  ]);
  t.same(await scene.effectsOf(() => scene.call(cleo, 'joinGroup', g)), [
    { type: 'join-requested', ...g, userId: 'cleo', governors: ['anna'] },
  ]);
  t.same(await scene.effectsOf(() => scene.call(anna, 'leaveGroup', g)), [
    { type: 'member-removed', ...g, userId: 'anna', ...at(2) },
    { type: 'role-changed', ...g, userId: 'ben', role: 'owner', ...at(2) },
    { type: 'files-changed', ...g },
  ]);
  t.same(await scene.effectsOf(() => scene.call(ben, 'leaveGroup', g)), [
    { type: 'member-removed', ...g, userId: 'ben', ...at(3) },
    { type: 'request-rejected', ...g, userId: 'cleo', ...at(3) },
    { type: 'files-changed', ...g },
    { type: 'removal-pending' },
  ]);
  await scene.call(cleo, 'joinGroup', { groupId: 'h' });
  const silent = [
    () => scene.call(cleo, 'leaveGroup', { groupId: 'h' }),
    () => scene.call(anna, 'listGroups', {}),
    () => scene.call(anna, 'listMemberships', {}),
  ];
  for (const call of silent) t.same(await scene.effectsOf(call), []);
});

void t.test('an owner is not flooded with the notices of one who asks and withdraws', async (t) => {
  const scene = await openScene(t);
  const [anna, mallory, ben] = [
    await scene.enter('anna'),
    await scene.enter('mallory'),
    await scene.enter('ben'),
  ];
  await scene.makeGroup('g', anna);
  await scene.makeGroup('h', anna);
  const inG = { groupId: 'g' };
  for (let n = 0; n < JOIN_REQUESTS_BURST; n++) {
    await scene.call(mallory, 'joinGroup', inG);
    await scene.call(mallory, 'leaveGroup', inG);
  }
  await t.rejects(scene.call(mallory, 'joinGroup', inG), { code: 'TOO_MANY_ATTEMPTS' });
  t.equal(scene.takePushes(anna)[0]?.length, JOIN_REQUESTS_BURST);
  await scene.call(ben, 'joinGroup', inG);
  await scene.call(mallory, 'joinGroup', { groupId: 'h' });
  scene.nowMs += JOIN_REQUEST_INTERVAL_MS;
  await scene.call(mallory, 'joinGroup', inG);
  await scene.call(mallory, 'leaveGroup', inG);
  await t.rejects(scene.call(mallory, 'joinGroup', inG), { code: 'TOO_MANY_ATTEMPTS' });
});

void t.test('a request that a store carries out several times counts once', async (t) => {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  const turns = undoneTurns(scene.context.store, JOIN_REQUESTS_BURST + 1);
  await scene.makeGroup('g', anna);
  const call = { context: { ...scene.context, turns }, session: ben.session };
  t.same(await handlers.joinGroup(call, { groupId: 'g' }), {});
  t.match(await scene.call(anna, 'listRequests', { groupId: 'g' }), { items: ['ben'] });
});
