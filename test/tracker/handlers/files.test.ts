import t, { type Test } from 'tap';
import {
  DESCRIPTION_IN_LIST_BYTES,
  DESCRIPTION_SLICE_BYTES,
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_DESCRIBED,
} from '../../../src/net/limits.js';
import { decodeTicket } from '../../../src/net/ticket.js';
import type { DescribedFile } from '../../../src/net/tracker-api.js';
import { sampleFile } from '../tracker-client.js';
import { openScene } from '../tracker-scene.js';

const addresses = [{ host: '192.0.2.1', port: 4000 }];

const cat = sampleFile(1);
const dog = sampleFile(2);
const long = sampleFile(3, 5_000);
const inG = { groupId: 'g', fileId: cat.fileId };
const row = {
  name: 'cat',
  size: cat.size,
  sources: 0,
  sharer: 'anna',
  fileId: cat.fileId,
  sharedAtMs: 1_000_000,
};

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

void t.test('only members see the files of a group', async (t) => {
  const { scene, cleo } = await openGroup(t);
  for (const [groupId, code] of [
    ['g', 'NOT_A_MEMBER'],
    ['x', 'NO_SUCH_GROUP'],
  ] as const) {
    const named = { groupId, names: ['cat'], wantPeers: true };
    await t.rejects(scene.call(cleo, 'listFiles', { groupId }), { code });
    await t.rejects(scene.call(cleo, 'fileInfo', { groupId, name: 'cat' }), { code });
    await t.rejects(scene.call(cleo, 'describeFiles', named), { code });
    const slice = { groupId, fileId: cat.fileId, offset: 0 };
    await t.rejects(scene.call(cleo, 'getDescription', slice), { code });
  }
});

void t.test('files are listed with who shared them first and how many serve them', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.call(ben, 'shareFile', { ...inG, name: 'cat' });
  t.same(await scene.call(ben, 'listFiles', { groupId: 'g' }), { items: [row] });
  await scene.goOnline(anna);
  await scene.call(anna, 'announce', { files: [{ ...inG, state: 'complete' }] });
  t.same(await scene.call(ben, 'fileInfo', { groupId: 'g', name: 'cat' }), {
    ...row,
    sources: 1,
    descriptionBytes: cat.bytes.length,
  });
  const missing = scene.call(ben, 'fileInfo', { groupId: 'g', name: 'dog' });
  await t.rejects(missing, { code: 'NO_SUCH_FILE' });
});

void t.test('many files are described at once, each answered or refused', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.goOnline(anna);
  await scene.call(anna, 'announce', { files: [{ ...inG, state: 'partial' }] });
  const names = ['cat', 'dog'];
  const described = { ...row, descriptionBytes: cat.bytes.length, description: cat.description };
  const plain = await scene.call(ben, 'describeFiles', { groupId: 'g', names, wantPeers: false });
  t.match(plain.files, [described, { code: 'NO_SUCH_FILE' }]);
  t.notOk('peers' in plain.files[0]!);
  t.equal(plain.ticket, undefined);
  const full = await scene.call(ben, 'describeFiles', { groupId: 'g', names, wantPeers: true });
  t.match(full.files[0], { peers: [{ deviceId: anna.deviceId, complete: false }] });
  t.match(decodeTicket(Buffer.from(full.ticket!.ticket, 'base64')), {
    userId: 'ben',
    deviceId: ben.deviceId,
    groupId: 'g',
    epoch: 1,
  });
  const own = await scene.call(anna, 'describeFiles', { groupId: 'g', names, wantPeers: true });
  t.match(own.files[0], { peers: [] }, 'nobody is told of oneself');
});

void t.test('a file that is asked for alone comes with a longer description', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const { fileId, bytes, description } = sampleFile(4, 300);
  const share = { groupId: 'g', name: 'film', fileId, description };
  t.ok(bytes.length > DESCRIPTION_IN_LIST_BYTES);
  await scene.call(anna, 'shareFile', share);
  const ask = async (names: string[]) =>
    (await scene.call(ben, 'describeFiles', { groupId: 'g', names, wantPeers: false })).files[0];
  t.match(await ask(['film']), { description });
  t.notOk('description' in (await ask(['film', 'cat']))!);
});

void t.test('a description that the client has does not come again', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const dog = sampleFile(5, 3);
  const share = { groupId: 'g', name: 'dog', fileId: dog.fileId, description: dog.description };
  await scene.call(anna, 'shareFile', share);
  const asked = { groupId: 'g', names: ['cat', 'dog'], wantPeers: false };
  const known = [cat.fileId, '0'.repeat(64)];
  const [first, second] = (await scene.call(ben, 'describeFiles', { ...asked, known })).files;
  t.match(first, { fileId: cat.fileId, descriptionBytes: cat.bytes.length });
  t.notOk('description' in first!);
  t.match(second, { fileId: dog.fileId, description: dog.description });
});

void t.test('at most so many peers come with a description', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const { presence } = scene.context;
  for (let n = 0; n <= MAX_PEERS_DESCRIBED; n++) {
    const { session, deviceId } = scene.connect(`device ${n}`);
    presence.goOnline({ deviceId, userId: `user ${n}`, addresses }, session);
    presence.announce(deviceId, 'g', cat.fileId, true);
  }
  const { files } = await scene.call(ben, 'describeFiles', {
    groupId: 'g',
    names: ['cat'],
    wantPeers: true,
  });
  t.equal((files[0] as DescribedFile).peers?.length, MAX_PEERS_DESCRIBED);
  t.match(await scene.call(anna, 'listFiles', { groupId: 'g' }), {
    items: [{ sources: MAX_PEERS_DESCRIBED + 1 }],
  });
});

void t.test('who has some of it is counted beside those who have all, until they go', async (t) => {
  const { scene, anna } = await openGroup(t);
  const { presence } = scene.context;
  const row = async () =>
    (await scene.call(anna, 'listFiles', { groupId: 'g' })).items.find(
      ({ name }) => name === 'cat',
    )!;
  const before = await row();
  t.notOk('partly' in before);
  const { session, deviceId } = scene.connect('device some');
  presence.goOnline({ deviceId, userId: 'ben', addresses }, session);
  presence.announce(deviceId, 'g', cat.fileId, false);
  t.same(await row(), { ...before, partly: 1 });
  presence.announce(deviceId, 'g', cat.fileId, true);
  t.same(await row(), { ...before, sources: before.sources + 1 });
  presence.announce(deviceId, 'g', cat.fileId, false);
  presence.goOffline(deviceId, session);
  t.same(await row(), before);
});

void t.test('few of them are of one user', async (t) => {
  const { scene, ben } = await openGroup(t);
  for (let n = 0; n <= MAX_DEVICES_PER_USER_TOLD; n++) {
    const client = await scene.enter('anna', `device ${n}`);
    await scene.goOnline(client);
    await scene.call(client, 'announce', { files: [{ ...inG, state: 'complete' }] });
  }
  const asked = { groupId: 'g', names: ['cat'], wantPeers: true };
  const { files } = await scene.call(ben, 'describeFiles', asked);
  t.equal((files[0] as DescribedFile).peers?.length, MAX_DEVICES_PER_USER_TOLD);
});

void t.test('peers and tickets are for devices', async (t) => {
  const { scene } = await openGroup(t);
  const web = await scene.logIn(scene.connect(undefined), 'ben');
  const asked = { groupId: 'g', names: ['cat'] };
  const withPeers = scene.call(web, 'describeFiles', { ...asked, wantPeers: true });
  await t.rejects(withPeers, { code: 'NO_DEVICE' });
  t.match(await scene.call(web, 'describeFiles', { ...asked, wantPeers: false }), {
    files: [{ name: 'cat' }],
  });
});

void t.test('a description is read by the members of a group that has the file', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await scene.makeGroup('h', ben);
  t.same(await scene.call(ben, 'getDescription', { ...inG, offset: 0 }), {
    bytes: cat.description,
  });
  t.same(await scene.call(ben, 'getDescription', { ...inG, offset: cat.bytes.length }), {
    bytes: '',
  });
  const elsewhere = { ...inG, groupId: 'h', offset: 0 };
  await t.rejects(scene.call(ben, 'getDescription', elsewhere), { code: 'NO_SUCH_FILE' });
  const unknown = { groupId: 'g', fileId: dog.fileId, offset: 0 };
  await t.rejects(scene.call(anna, 'getDescription', unknown), { code: 'NO_SUCH_FILE' });
});

void t.test('slices of a description are staged in order, one description at a time', async (t) => {
  const { scene, anna } = await openGroup(t);
  const put = (file: typeof cat, offset: number, bytes: number) =>
    scene.call(anna, 'putDescription', {
      fileId: file.fileId,
      offset,
      totalBytes: file.bytes.length,
      bytes: file.bytes.subarray(offset, offset + bytes).toString('base64'),
    });
  const slice = DESCRIPTION_SLICE_BYTES;
  const stranger = scene.connect('stranger');
  const first = { fileId: cat.fileId, offset: 0, totalBytes: 1, bytes: 'AA==' };
  await t.rejects(scene.call(stranger, 'putDescription', first), { code: 'NOT_LOGGED_IN' });
  await t.rejects(put(long, slice, slice), { code: 'BAD_REQUEST' }, 'nothing is under way');
  await put(long, 0, slice);
  await t.rejects(put(dog, slice, 20), { code: 'BAD_REQUEST' }, 'that is another file');
  await t.rejects(put(long, 2 * slice, slice), { code: 'BAD_REQUEST' }, 'a slice is missing');
  await t.rejects(put(long, slice, slice - 1), { code: 'BAD_REQUEST' }, 'a slice is short');
  await t.rejects(put(long, slice, 0), { code: 'BAD_REQUEST' }, 'a slice is empty');
  await put(long, slice, slice);
  t.equal(scene.context.staging.bytes, long.bytes.length);
  await put(dog, 0, dog.bytes.length);
  t.equal(scene.context.staging.bytes, dog.bytes.length, 'the one before was let go');
  anna.socket.emit('close');
  t.equal(scene.context.staging.bytes, 0, 'and this one with the connection');
});

void t.test('looking and staging have no effects', async (t) => {
  const { scene, anna } = await openGroup(t);
  const { fileId, bytes, description } = cat;
  const calls = [
    () => scene.call(anna, 'listFiles', { groupId: 'g' }),
    () => scene.call(anna, 'fileInfo', { groupId: 'g', name: 'cat' }),
    () => scene.call(anna, 'describeFiles', { groupId: 'g', names: ['cat'], wantPeers: true }),
    () => scene.call(anna, 'getDescription', { ...inG, offset: 0 }),
    () => {
      const slice = { fileId, offset: 0, totalBytes: bytes.length, bytes: description };
      return scene.call(anna, 'putDescription', slice);
    },
  ];
  for (const call of calls) t.same(await scene.effectsOf(call), []);
});
