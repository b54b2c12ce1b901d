/** Who may have whom called, and what the called device is told. */
import t, { type Test } from 'tap';
import { MAX_CALLS_TO_DEVICE_BY_ONE } from '../../../src/net/limits.js';
import { sampleFile } from '../tracker-client.js';
import { openScene } from '../tracker-scene.js';

const cat = sampleFile(1);
const inG = { groupId: 'g', fileId: cat.fileId };
const addresses = [{ host: '10.0.0.1', port: 4000 }];
const callId = 'ab'.repeat(16);

/** Anna and ben are in g, where anna offers the cat; cleo is in no group. All know of calls. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, ben);
  await scene.call(anna, 'shareFile', { ...inG, name: 'cat', description: cat.description });
  for (const { session } of [anna, ben, cleo]) session.calls = true;
  await scene.call(anna, 'goOnline', { addresses });
  await scene.call(anna, 'announce', { files: [{ ...inG, state: 'complete' }] });
  const wanted = { ...inG, deviceId: anna.deviceId, callId, way: 'direct' } as const;
  return { scene, anna, ben, cleo, wanted };
}

void t.test('a member who was found has a device come to where it was found', async (t) => {
  const { scene, anna, ben, wanted } = await openGroup(t);
  await scene.call(ben, 'goOnline', { addresses: [{ host: '10.0.0.2', port: 4001 }] });
  scene.takePushes(anna, ben);
  t.same(await scene.call(ben, 'call', wanted), { outcome: 'called' });
  const told = {
    ...{ groupId: 'g', userId: 'ben', deviceId: ben.deviceId, callId },
    addresses: [{ host: '10.0.0.2', port: 4001 }],
  };
  t.same(scene.takePushes(anna, ben), [[['call', told]], []]);
});

void t.test(
  'nobody is sent anywhere for who was not found, or asks for what is not there',
  async (t) => {
    const { scene, anna, ben, cleo, wanted } = await openGroup(t);
    t.same(await scene.call(ben, 'call', wanted), { outcome: 'unreached' });
    await scene.call(ben, 'goOnline', { addresses });
    const absent = { outcome: 'absent' };
    t.same(await scene.call(ben, 'call', { ...wanted, fileId: sampleFile(2).fileId }), absent);
    t.same(await scene.call(ben, 'call', { ...wanted, deviceId: cleo.deviceId }), absent);
    t.same(await scene.call(anna, 'call', wanted), absent, 'nobody calls oneself');
    t.same(await scene.call(ben, 'call', { ...wanted, way: 'relay' }), { outcome: 'unrelayed' });
    await t.rejects(scene.call(cleo, 'call', wanted), { code: 'NOT_A_MEMBER' });
    t.same(
      scene
        .takePushes(anna)
        .flat()
        .filter(([name]) => name === 'call'),
      [],
    );
  },
);

void t.test('a device that knows of no calls gets none', async (t) => {
  const { scene, ben, wanted, anna } = await openGroup(t);
  anna.session.calls = false;
  await scene.call(ben, 'goOnline', { addresses });
  // As it went online.
  await scene.call(anna, 'logout', {});
  t.same(await scene.call(ben, 'call', wanted), { outcome: 'absent' });
});

void t.test('one device is sent to another so often and no more', async (t) => {
  const { scene, ben, wanted } = await openGroup(t);
  await scene.call(ben, 'goOnline', { addresses });
  for (let n = 0; n < MAX_CALLS_TO_DEVICE_BY_ONE; n++) await scene.call(ben, 'call', wanted);
  await t.rejects(scene.call(ben, 'call', wanted), { code: 'LIMIT_REACHED' });
});

void t.test(
  'members are given a key for the relay, when there is one and it has room',
  async (t) => {
    const { scene, anna, ben, cleo, wanted } = await openGroup(t);
    const keys = ['k1'];
    Object.assign(scene.context, { relay: { plan: () => keys.shift() } });
    const relayed = { ...wanted, way: 'relay' } as const;
    await t.rejects(scene.call(cleo, 'call', relayed), { code: 'NOT_A_MEMBER' });
    scene.takePushes(anna);
    t.same(await scene.call(ben, 'call', relayed), { outcome: 'called', relayKey: 'k1' });
    const told = { groupId: 'g', userId: 'ben', deviceId: ben.deviceId, callId, relayKey: 'k1' };
    t.same(scene.takePushes(anna), [[['call', told]]]);
    t.same(await scene.call(ben, 'call', relayed), { outcome: 'unrelayed' });
    t.same(scene.takePushes(anna), [[]]);
  },
);

/** Dora relays in g from her device; eve relays and is in no group with the others. */
async function openRelays(t: Test) {
  const group = await openGroup(t);
  const { scene, anna } = group;
  const dora = await scene.enter('dora');
  const eve = await scene.enter('eve');
  await scene.call(dora, 'joinGroup', { groupId: 'g' });
  await scene.call(anna, 'acceptRequest', { groupId: 'g', userId: 'dora' });
  for (const one of [dora, eve]) {
    one.session.calls = true;
    await scene.call(one, 'goOnline', { addresses, relays: true });
  }
  scene.takePushes(anna, group.ben, dora, eve);
  const relayed = { ...group.wanted, way: 'relay' } as const;
  return { ...group, dora, eve, relayed };
}

void t.test('a member who was found relays where the tracker does not', async (t) => {
  const { scene, anna, ben, dora, relayed } = await openRelays(t);
  const answer = await scene.call(ben, 'call', relayed);
  const relay = { userId: 'dora', deviceId: dora.deviceId, addresses };
  t.match(answer, { outcome: 'called', relayKey: /^[0-9a-f]{64}$/, relay });
  const [pushes] = scene.takePushes(anna);
  t.match(pushes, [['call', { relayKey: answer.relayKey, relay }]], 'both are told the same');
  t.match(scene.context.callCounts.all, { 'member-relay': 1, direct: 0 });
  const without = [dora.deviceId];
  t.same(await scene.call(ben, 'call', { ...relayed, without }), { outcome: 'unrelayed' });
  await scene.call(dora, 'goOnline', { addresses });
  t.same(await scene.call(ben, 'call', relayed), { outcome: 'unrelayed' }, 'she relays no more');
});

void t.test('the tracker comes first, unless it is not wanted', async (t) => {
  const { scene, ben, dora, relayed } = await openRelays(t);
  Object.assign(scene.context, { relay: { plan: () => 'k' } });
  t.same(await scene.call(ben, 'call', relayed), { outcome: 'called', relayKey: 'k' });
  const without = ['tracker'];
  const answer = await scene.call(ben, 'call', { ...relayed, without });
  t.match(answer, { outcome: 'called', relay: { userId: 'dora' } });
  await scene.call(dora, 'logout', {});
  t.same(await scene.call(ben, 'call', { ...relayed, without }), { outcome: 'unrelayed' });
});

void t.test('who is out of the group, or found nowhere, relays nothing', async (t) => {
  const { scene, anna, ben, dora, relayed } = await openRelays(t);
  const { reach } = scene.context;
  Object.assign(scene.context, { reach: { ...reach, foundAt: () => [] } });
  t.same(await scene.call(ben, 'call', relayed), { outcome: 'unrelayed' });
  Object.assign(scene.context, { reach });
  await scene.call(anna, 'kick', { groupId: 'g', userId: 'dora' });
  t.same(await scene.call(ben, 'call', relayed), { outcome: 'unrelayed' });
  t.same(scene.context.memberRelays.count, 2);
  dora.socket.terminate();
  t.same(scene.context.memberRelays.count, 1);
});
