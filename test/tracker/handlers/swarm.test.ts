import t, { type Test } from 'tap';
import { TICKET_LIFETIME_MS } from '../../../src/net/limits.js';
import { decodeTicket } from '../../../src/net/ticket.js';
import { sampleFile } from '../tracker-client.js';
import { diskFull, openScene } from '../tracker-scene.js';
import { at } from '../../fixtures/incarnations.js';

const cat = sampleFile(1);
const dog = sampleFile(2);
const inG = { groupId: 'g', fileId: cat.fileId };
const offer = { ...inG, state: 'complete' } as const;
const addresses = [{ host: '10.0.0.1', port: 4000 }];

/** Anna and ben are in g, where anna shares the cat; cleo is in no group. */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  const cleo = await scene.enter('cleo');
  await scene.makeGroup('g', anna, ben);
  await scene.call(anna, 'shareFile', { ...inG, name: 'cat', description: cat.description });
  return { scene, anna, ben, cleo };
}

void t.test('serving and fetching are for logged-in devices', async (t) => {
  const { scene } = await openGroup(t);
  const web = await scene.logIn(scene.connect(undefined), 'anna');
  for (const [client, code] of [
    [web, 'NO_DEVICE'],
    [scene.connect('stranger'), 'NOT_LOGGED_IN'],
  ] as const) {
    await t.rejects(scene.call(client, 'goOnline', { addresses }), { code });
    await t.rejects(scene.call(client, 'announce', { files: [offer] }), { code });
    await t.rejects(scene.call(client, 'watch', inG), { code });
    await t.rejects(scene.call(client, 'ticket', { groupId: 'g' }), { code });
  }
});

void t.test('“any address of mine” stands for the one that the tracker sees', async (t) => {
  const { scene, anna } = await openGroup(t);
  const asked = [...addresses, { host: '0.0.0.0', port: 1 }, { host: '::', port: 2 }];
  const seen = [...addresses, { host: '192.0.2.7', port: 1 }, { host: '192.0.2.7', port: 2 }];
  const answer = await scene.call(anna, 'goOnline', { addresses: asked });
  t.same(answer, { addresses: seen, seen: '192.0.2.7' });
  await scene.call(anna, 'announce', { files: [offer] });
  t.match(scene.context.presence.peer('g', cat.fileId, anna.deviceId), { addresses: seen });
});

void t.test('a newer client of the same device ends the older one', async (t) => {
  const { scene, anna } = await openGroup(t);
  await scene.goOnline(anna);
  const newer = await scene.enter('anna');
  const failing = () => scene.goOnline(newer);
  await t.rejects(scene.withFullDisk(failing), diskFull);
  t.ok(scene.isSilent());
  await scene.goOnline(newer);
  t.match(scene.takePushes(anna, newer), [[['sessionEnded', { code: 'HOME_IN_USE' }]], []]);
  t.equal(anna.socket.closedWith, 1000);
  t.ok(scene.context.presence.isHolder(newer.deviceId, newer.session));
});

void t.test('a connection that went meanwhile does not come online', async (t) => {
  const { scene, anna } = await openGroup(t);
  scene.onCommit = () => void anna.socket.emit('close');
  await scene.goOnline(anna);
  t.equal(scene.context.presence.counts().devices, 0);
});

void t.test(
  'a device offers what its user’s groups know, and hears what was refused',
  async (t) => {
    const { scene, anna, ben } = await openGroup(t);
    const offline = scene.call(anna, 'announce', { files: [offer] });
    await t.rejects(offline, { code: 'BAD_REQUEST' });
    await scene.goOnline(anna);
    const unknown = { ...offer, fileId: dog.fileId };
    const elsewhere = { ...offer, groupId: 'h' };
    t.same(await scene.call(anna, 'announce', { files: [offer, unknown, elsewhere] }), {
      refused: [
        { groupId: 'g', fileId: dog.fileId, code: 'NO_SUCH_FILE' },
        { groupId: 'h', fileId: cat.fileId, code: 'NOT_A_MEMBER' },
      ],
    });
    await scene.call(ben, 'watch', inG);
    const takenBack = { ...offer, state: 'gone' } as const;
    t.same(await scene.call(anna, 'announce', { files: [takenBack] }), { refused: [] });
    scene.elapse();
    t.same(scene.takePushes(anna, ben), [
      [],
      [['peers', { ...inG, online: [], gone: [anna.deviceId] }]],
    ]);
  },
);

void t.test('who watches gets the peers, a ticket, and what changes until unwatch', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.goOnline(anna);
  await scene.call(anna, 'announce', { files: [offer] });
  const { peers, ticket, expiresAtMs } = await scene.call(ben, 'watch', inG);
  t.match(peers, [{ deviceId: anna.deviceId, userId: 'anna', complete: true }]);
  t.equal(expiresAtMs, scene.nowMs + TICKET_LIFETIME_MS);
  const says = { userId: 'ben', deviceId: ben.deviceId, groupId: 'g', ...at(1), expiresAtMs };
  t.match(decodeTicket(Buffer.from(ticket, 'base64')), says);
  await scene.call(anna, 'announce', { files: [{ ...offer, state: 'partial' }] });
  scene.elapse();
  t.match(scene.takePushes(ben), [[['peers', { online: [{ complete: false }], gone: [] }]]]);
  t.same(await scene.call(ben, 'unwatch', inG), {});
  await scene.call(anna, 'announce', { files: [offer] });
  scene.elapse();
  t.ok(scene.isSilent());
});

void t.test('who may not watch or get a ticket', async (t) => {
  const { scene, ben, cleo } = await openGroup(t);
  await t.rejects(scene.call(cleo, 'watch', inG), { code: 'NOT_A_MEMBER' });
  await t.rejects(scene.call(cleo, 'ticket', { groupId: 'g' }), { code: 'NOT_A_MEMBER' });
  await t.rejects(scene.call(ben, 'watch', { ...inG, groupId: 'x' }), { code: 'NO_SUCH_GROUP' });
  await t.rejects(scene.call(ben, 'ticket', { groupId: 'x' }), { code: 'NO_SUCH_GROUP' });
  const unknown = { ...inG, fileId: dog.fileId };
  await t.rejects(scene.call(ben, 'watch', unknown), { code: 'NO_SUCH_FILE' });
});

void t.test(
  'addresses at which nobody is are refused, those of other places left out',
  async (t) => {
    const scene = await openScene(t);
    const anna = await scene.enter('anna');
    const goOnline = (...hosts: string[]) =>
      scene.call(anna, 'goOnline', { addresses: hosts.map((host) => ({ host, port: 1 })) });
    for (const host of ['224.0.0.1', '255.255.255.255', '169.254.169.254', 'ff02::1', 'fe80::1']) {
      await t.rejects(goOnline(host), { code: 'BAD_REQUEST', message: /others can dial/ }, host);
    }
    t.same(
      await goOnline('127.0.0.1'),
      { addresses: [], seen: '192.0.2.7' },
      'from elsewhere nobody reaches that',
    );
    const own = { addresses: [{ host: '192.0.2.7', port: 1 }], seen: '192.0.2.7' };
    t.same(await goOnline('127.0.0.1', '224.0.0.1', '192.0.2.7'), own);
    t.same(await goOnline('a.example', '::'), own, 'names are not looked up');
  },
);

void t.test('a ticket carries the present epoch', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  t.match(await scene.call(anna, 'ticket', { groupId: 'g' }), { epoch: 1 });
  await scene.call(ben, 'leaveGroup', { groupId: 'g' });
  t.match(await scene.call(anna, 'ticket', { groupId: 'g' }), { epoch: 2 });
});

void t.test('what follows each request, as data', async (t) => {
  const { scene, anna } = await openGroup(t);
  const { deviceId } = anna;
  t.same(await scene.effectsOf(() => scene.call(anna, 'goOnline', { addresses })), [
    { type: 'device-online', deviceId, userId: 'anna', addresses, local: [], relays: false },
  ]);
  const silent = [
    () => scene.call(anna, 'announce', { files: [offer] }),
    () => scene.call(anna, 'watch', inG),
    () => scene.call(anna, 'unwatch', inG),
    () => scene.call(anna, 'ticket', { groupId: 'g' }),
  ];
  for (const call of silent) t.same(await scene.effectsOf(call), []);
});

void t.test('what is known is answered without a turn, until it changes', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.goOnline(ben);
  const announce = () => scene.call(ben, 'announce', { files: [offer] });
  const watch = () => scene.call(ben, 'watch', inG);
  const ticket = () => scene.call(ben, 'ticket', { groupId: 'g' });
  const ask = async () => [await announce(), await watch(), await ticket()];
  const first = await ask();
  await scene.context.turns.idle();
  scene.onCommit = () => {
    throw new Error('the store was asked');
  };
  t.same(await ask(), first);
  scene.onCommit = undefined;
  await scene.call(anna, 'stopShare', { groupId: 'g', name: 'cat' });
  t.same((await announce()).refused, [{ ...inG, code: 'NO_SUCH_FILE' }]);
  await t.rejects(watch(), { code: 'NO_SUCH_FILE' });
  const before = await ticket();
  t.same(await ticket(), before, 'the same within a minute');
  await scene.call(anna, 'kick', { groupId: 'g', userId: 'ben' });
  t.same((await announce()).refused, [{ ...inG, code: 'NOT_A_MEMBER' }]);
  await t.rejects(ticket(), { code: 'NOT_A_MEMBER' });
});

void t.test('nobody overtakes what they have asked before', async (t) => {
  const { scene, anna } = await openGroup(t);
  await scene.goOnline(anna);
  const announce = () => scene.call(anna, 'announce', { files: [offer] });
  t.same(await announce(), { refused: [] });
  const stopped = scene.call(anna, 'stopShare', { groupId: 'g', name: 'cat' });
  const announced = announce();
  await stopped;
  t.match(await announced, { refused: [{ code: 'NO_SUCH_FILE' }] });
});

void t.test('who asks all the time waits for a turn, also for what is in memory', async (t) => {
  const { scene, anna } = await openGroup(t);
  await scene.goOnline(anna);
  let looks = 0;
  scene.onCommit = () => void looks++;
  const ask = [
    () => scene.call(anna, 'watch', inG),
    () => scene.call(anna, 'announce', { files: [offer] }),
    () => scene.call(anna, 'ticket', { groupId: 'g' }),
  ];
  for (const one of ask) await one();
  await scene.context.turns.idle();
  for (const [index, one] of ask.entries()) {
    looks = 0;
    await one();
    t.equal(looks, 0, `${index}: it is in memory`);
    const other = scene.context.turns.look(async () => undefined, 'user ben');
    await Promise.all([other, one()]);
    t.equal(looks, 1, `${index}: nobody lives at the expense of others`);
    await scene.context.turns.idle();
  }
});

void t.test('nothing is kept of groups that are named by who is not in them', async (t) => {
  const { scene, anna, cleo } = await openGroup(t);
  const { view } = scene.context;
  const before = view.size;
  t.same(await scene.call(cleo, 'lanKeys', { groupIds: ['g', 'nowhere'] }), { keys: [] });
  t.equal(view.size, before);
  for (const method of ['ticket', 'watch'] as const) {
    const refused = { code: 'NOT_A_MEMBER' };
    await t.rejects(scene.call(cleo, method, { ...inG }), refused);
    t.equal(view.size, before, method);
  }
  t.match(await scene.call(anna, 'lanKeys', { groupIds: ['g'] }), { keys: [{ groupId: 'g' }] });
  t.ok(view.size > before);
});
