import { once } from 'node:events';
import { get } from 'node:https';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  DESCRIPTION_SLICE_BYTES,
  FREE_LOGIN_FAILURES,
  MAX_GROUPS_PER_USER,
} from '../../src/net/limits.js';
import { checkTicket } from '../../src/net/ticket.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { startTracker } from '../../src/tracker/tracker.js';
import { admit, connect, createDevice, enter, openTracker, sampleFile } from './tracker-client.js';
import { testFolder } from '../fixtures/test-folder.js';

const done = {};
const cat = sampleFile(1);
const dog = sampleFile(2);
const addresses = [{ host: '0.0.0.0', port: 4000 }];

void t.test('accounts and logins', async (t) => {
  const tracker = await openTracker(t);
  const device = createDevice();
  const client = await connect(tracker.address, device.credentials);
  const account = { userId: 'anna', password: 'secret' };

  await t.rejects(client.call('listGroups', {}), { code: 'NOT_LOGGED_IN' });
  t.same(await client.call('createUser', account), done);
  await t.rejects(client.call('createUser', account), { code: 'USER_EXISTS' });
  await t.rejects(client.call('createUser', { ...account, userId: 'a b' }), {
    code: 'BAD_REQUEST',
  });
  await t.rejects(client.call('login', { ...account, password: 'x' }), { code: 'WRONG_PASSWORD' });
  await t.rejects(client.call('login', { ...account, userId: 'x' }), { code: 'WRONG_PASSWORD' });
  const { token, ...info } = await client.call('login', account);
  t.match(info, { userId: 'anna', peerTransport: 'tls', groups: [] });
  t.equal(Buffer.from(info.ticketKey, 'base64').length, 32);

  const again = await connect(tracker.address, device.credentials);
  t.match(await again.call('resume', { token }), { userId: 'anna' });
  const stranger = await connect(tracker.address, createDevice().credentials);
  await t.rejects(stranger.call('resume', { token }), { code: 'NOT_LOGGED_IN' });
  await t.rejects(stranger.call('resume', { token: 'made up' }), { code: 'NOT_LOGGED_IN' });

  t.same(await client.call('logout', {}), done);
  t.match(await again.next('sessionEnded'), { code: 'NOT_LOGGED_IN' });
  await t.rejects(client.call('resume', { token }), { code: 'NOT_LOGGED_IN' });

  for (let n = 0; n < FREE_LOGIN_FAILURES; n++) {
    await client.call('login', { ...account, password: 'guess' }).catch(() => undefined);
  }
  await t.rejects(client.call('login', account), { code: 'TOO_MANY_ATTEMPTS' });
});

void t.test('malformed requests are refused and cost nothing else', async (t) => {
  const tracker = await openTracker(t);
  const { client } = await enter(tracker, 'anna');
  const refused: [string, unknown][] = [
    ['toString', {}],
    ['createGroup', {}],
    ['createGroup', { groupId: 7 }],
    ['createGroup', { groupId: 'a\u0000b' }],
    ['goOnline', { addresses: [] }],
    ['goOnline', { addresses: [{ host: 'a b', port: 1 }] }],
    ['goOnline', { addresses: [{ host: 'a', port: 65_536 }] }],
    ['watch', { groupId: 'g', fileId: 'short' }],
    ['shareFile', { groupId: 'g', name: '../x', fileId: cat.fileId }],
    ['putDescription', { fileId: cat.fileId, offset: 5, totalBytes: 9, bytes: 'AAAA' }],
  ];
  for (const [method, params] of refused) {
    await t.rejects(client.callRaw(method, params), { code: 'BAD_REQUEST' }, method);
  }
  t.same(await client.call('listGroups', {}), { items: [] });
  const closed = once(client.socket, 'close');
  client.socket.send('x'.repeat(70_000));
  await closed;
});

void t.test('a client without a device may look but not share', async (t) => {
  const tracker = await openTracker(t);
  const client = await connect(tracker.address, undefined);
  const account = { userId: 'anna', password: 'secret' };
  await client.call('createUser', account);
  const { token } = await client.call('login', account);
  await client.call('createGroup', { groupId: 'g' });
  const inGroup = { groupId: 'g', fileId: cat.fileId };
  await t.rejects(client.call('goOnline', { addresses }), { code: 'NO_DEVICE' });
  await t.rejects(client.call('announce', { files: [] }), { code: 'NO_DEVICE' });
  await t.rejects(client.call('watch', inGroup), { code: 'NO_DEVICE' });
  await t.rejects(client.call('ticket', { groupId: 'g' }), { code: 'NO_DEVICE' });
  await t.rejects(client.call('shareFile', { ...inGroup, name: 'c' }), { code: 'NO_DEVICE' });
  await t.rejects(client.call('stopShare', { groupId: 'g', name: 'c' }), { code: 'NO_DEVICE' });
  await client.call('logout', {});
  await t.rejects(client.call('resume', { token }), { code: 'NOT_LOGGED_IN' });
});

void t.test('groups pass from hand to hand and end with the last member', async (t) => {
  const tracker = await openTracker(t);
  const anna = await enter(tracker, 'anna');
  const ben = await enter(tracker, 'ben');
  const cleo = await enter(tracker, 'cleo');
  const g = { groupId: 'g' };

  await anna.client.call('createGroup', g);
  await t.rejects(ben.client.call('createGroup', g), { code: 'GROUP_EXISTS' });
  for (const method of ['joinGroup', 'leaveGroup', 'listRequests', 'listFiles'] as const) {
    await t.rejects(ben.client.call(method, { groupId: 'x' }), { code: 'NO_SUCH_GROUP' }, method);
  }
  await t.rejects(ben.client.call('leaveGroup', g), { code: 'NOT_A_MEMBER' });
  await t.rejects(anna.client.call('joinGroup', g), { code: 'ALREADY_MEMBER' });

  await ben.client.call('joinGroup', g);
  t.same(await anna.client.next('joinRequest'), { ...g, userId: 'ben' });
  await t.rejects(ben.client.call('joinGroup', g), { code: 'ALREADY_REQUESTED' });
  const benInG = { ...g, userId: 'ben' };
  await t.rejects(ben.client.call('acceptRequest', benInG), { code: 'NOT_OWNER' });
  t.same(await anna.client.call('listRequests', g), { items: ['ben'] });
  await anna.client.call('rejectRequest', benInG);
  t.match(await ben.client.next('membership'), { ...g, state: 'rejected' });
  await t.rejects(anna.client.call('acceptRequest', benInG), { code: 'NO_SUCH_REQUEST' });
  await t.rejects(anna.client.call('rejectRequest', benInG), { code: 'NO_SUCH_REQUEST' });

  await ben.client.call('joinGroup', g);
  t.same(await ben.client.call('leaveGroup', g), { groupEnded: false }, 'withdraws the request');
  await admit(anna, 'g', ben);
  await admit(anna, 'g', cleo);
  await t.rejects(ben.client.call('kick', { ...g, userId: 'cleo' }), { code: 'NOT_OWNER' });
  await t.rejects(anna.client.call('kick', { ...g, userId: 'anna' }), { code: 'BAD_REQUEST' });
  await t.rejects(anna.client.call('kick', { ...g, userId: 'x' }), { code: 'NO_SUCH_USER' });

  await anna.client.call('transferOwner', { ...g, userId: 'cleo' });
  t.match(await cleo.client.next('membership'), { ...g, state: 'owner' });
  t.match(await anna.client.next('membership'), { ...g, state: 'member' });
  t.same(await cleo.client.call('leaveGroup', g), { newOwner: 'anna', groupEnded: false });
  t.match(await ben.client.next('epoch'), { ...g, epoch: 2, removedUsers: [] }, 'anna is less');
  t.match(await ben.client.next('epoch'), { ...g, epoch: 3, removedUsers: ['cleo'] });
  t.match(await ben.client.call('listMemberships', {}), {
    items: [{ ...g, epoch: 3, role: 'member' }],
  });
  await anna.client.call('kick', benInG);
  t.match(await ben.client.next('membership'), { ...g, state: 'removed', epoch: 4 });
  await cleo.client.call('joinGroup', g);
  t.same(await anna.client.call('leaveGroup', g), { groupEnded: true });
  const fate = await cleo.client.next('membership');
  t.match(fate, { state: 'removed' });
  t.match(await cleo.client.next('membership'), { state: 'rejected' });
  t.same(await anna.client.call('listGroups', {}), { items: [] });
});

void t.test('files are shared, described, listed and stopped', async (t) => {
  const tracker = await openTracker(t);
  const anna = await enter(tracker, 'anna');
  const ben = await enter(tracker, 'ben');
  await anna.client.call('createGroup', { groupId: 'g' });
  const share = { groupId: 'g', name: 'cat.jpg', fileId: cat.fileId };
  await t.rejects(ben.client.call('shareFile', share), { code: 'NOT_A_MEMBER' });
  await t.rejects(ben.client.call('listFiles', { groupId: 'g' }), { code: 'NOT_A_MEMBER' });
  await admit(anna, 'g', ben);

  await t.rejects(anna.client.call('shareFile', share), { code: 'NEED_DESCRIPTION' });
  await t.rejects(anna.client.call('shareFile', { ...share, description: dog.description }), {
    code: 'BAD_REQUEST',
  });
  const description = cat.description;
  t.same(await anna.client.call('shareFile', { ...share, description }), { outcome: 'created' });
  t.same(await anna.client.call('shareFile', share), { outcome: 'already-shared' });
  t.same(await ben.client.call('shareFile', share), { outcome: 'source-added' });
  await t.rejects(ben.client.call('shareFile', { ...share, fileId: dog.fileId }), {
    code: 'NAME_TAKEN',
  });
  const row = { name: 'cat.jpg', size: cat.size, sources: 0, sharer: 'anna', fileId: cat.fileId };
  t.match(await ben.client.call('listFiles', { groupId: 'g' }), { items: [row] });
  const named = { groupId: 'g', name: 'cat.jpg' };
  const descriptionBytes = cat.bytes.length;
  t.match(await ben.client.call('fileInfo', named), { ...row, descriptionBytes });
  await t.rejects(ben.client.call('fileInfo', { ...named, name: 'x' }), { code: 'NO_SUCH_FILE' });
  const slice = { groupId: 'g', fileId: cat.fileId, offset: 0 };
  t.same(await ben.client.call('getDescription', slice), { bytes: description });
  await t.rejects(ben.client.call('getDescription', { ...slice, fileId: dog.fileId }), {
    code: 'NO_SUCH_FILE',
  });

  t.same(await anna.client.call('stopShare', named), { fileId: cat.fileId });
  await t.rejects(anna.client.call('stopShare', named), { code: 'NOT_SHARED' });
  t.match(await ben.client.call('fileInfo', named), { sharer: 'ben' });
  await ben.client.call('leaveGroup', { groupId: 'g' });
  t.same(await anna.client.call('listFiles', { groupId: 'g' }), { items: [] });
});

void t.test('a long description travels in slices', async (t) => {
  const tracker = await openTracker(t);
  const { client } = await enter(tracker, 'anna');
  await client.call('createGroup', { groupId: 'g' });
  const { fileId, bytes } = sampleFile(3, 5_000);
  const put = (offset: number) =>
    client.call('putDescription', {
      fileId,
      offset,
      totalBytes: bytes.length,
      bytes: bytes.subarray(offset, offset + DESCRIPTION_SLICE_BYTES).toString('base64'),
    });
  await put(0);
  await t.rejects(put(2 * DESCRIPTION_SLICE_BYTES), { code: 'BAD_REQUEST' });
  const share = { groupId: 'g', name: 'long', fileId };
  await t.rejects(client.call('shareFile', share), { code: 'NEED_DESCRIPTION' });
  for (let at = 0; at < bytes.length; at += DESCRIPTION_SLICE_BYTES) await put(at);
  t.same(await client.call('shareFile', share), { outcome: 'created' });
  const read: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += read.at(-1)!.length) {
    const answer = await client.call('getDescription', { groupId: 'g', fileId, offset });
    read.push(Buffer.from(answer.bytes, 'base64'));
  }
  t.equal(Buffer.compare(Buffer.concat(read), bytes), 0);
});

/** A tracker that finds anna wherever it dials. */
async function openWithAnna(t: Test) {
  const device = createDevice();
  const tracker = await openTracker(t, { dialBack: async () => device.deviceId });
  return { tracker, anna: await enter(tracker, 'anna', device) };
}

void t.test('who is online with what', async (t) => {
  const { tracker, anna } = await openWithAnna(t);
  const ben = await enter(tracker, 'ben');
  await anna.client.call('createGroup', { groupId: 'g' });
  await admit(anna, 'g', ben);
  const { fileId, description } = cat;
  await anna.client.call('shareFile', { groupId: 'g', name: 'cat', fileId, description });
  const offer = { groupId: 'g', fileId, state: 'complete' } as const;
  const inGroup = { groupId: 'g', fileId };

  await t.rejects(anna.client.call('announce', { files: [offer] }), { code: 'BAD_REQUEST' });
  const seen = [{ host: '127.0.0.1', port: 4000 }];
  const answer = await anna.client.call('goOnline', { addresses });
  t.same(answer, { addresses: seen, seen: '127.0.0.1' });
  const tried = seen.map((address) => ({ ...address, outcome: 'answered' }));
  t.same(await anna.client.next('reach'), { addresses: seen, tried }, 'and there it was found');
  const files = [offer, { ...offer, fileId: dog.fileId }, { ...offer, groupId: 'h' }];
  t.same(await anna.client.call('announce', { files }), {
    refused: [
      { groupId: 'g', fileId: dog.fileId, code: 'NO_SUCH_FILE' },
      { groupId: 'h', fileId, code: 'NOT_A_MEMBER' },
    ],
  });
  const peer = { deviceId: anna.deviceId, userId: 'anna', addresses: seen, complete: true };
  const { peers, ticket } = await ben.client.call('watch', inGroup);
  t.same(peers, [peer]);
  t.match((await ben.client.call('listFiles', { groupId: 'g' })).items, [{ sources: 1 }]);
  await t.rejects(ben.client.call('watch', { ...inGroup, fileId: dog.fileId }), {
    code: 'NO_SUCH_FILE',
  });

  const info = await ben.client.call('resume', { token: ben.token });
  const x = Buffer.from(info.ticketKey, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const check = { publicKey, deviceId: ben.deviceId, nowMs: info.nowMs };
  t.match(checkTicket(Buffer.from(ticket, 'base64'), check), { userId: 'ben', epoch: 1 });

  await anna.client.call('announce', { files: [{ ...offer, state: 'partial' }] });
  t.match(await ben.client.next('peers'), { online: [{ complete: false }], gone: [] });
  const newer = await enter(tracker, 'anna', anna);
  await newer.client.call('goOnline', { addresses });
  t.match(await anna.client.next('sessionEnded'), { code: 'HOME_IN_USE' });
  t.match(await ben.client.next('peers'), { online: [], gone: [anna.deviceId] });
  await newer.client.call('announce', { files: [offer] });
  t.match(await ben.client.next('peers'), { online: [peer], gone: [] });
  await newer.client.call('stopShare', { groupId: 'g', name: 'cat' });
  t.match(await ben.client.next('peers'), { online: [], gone: [anna.deviceId] });
  await ben.client.call('unwatch', inGroup);

  await ben.client.call('leaveGroup', { groupId: 'g' });
  t.match(await newer.client.next('epoch'), { epoch: 2, removedUsers: ['ben'] });
  await t.rejects(ben.client.call('ticket', { groupId: 'g' }), { code: 'NOT_A_MEMBER' });
  t.match(await newer.client.call('ticket', { groupId: 'g' }), { epoch: 2 });
});

void t.test(
  'whose connection is gone is told as lost, who takes an offer back is not',
  async (t) => {
    const { tracker, anna } = await openWithAnna(t);
    const ben = await enter(tracker, 'ben');
    await anna.client.call('createGroup', { groupId: 'g' });
    await admit(anna, 'g', ben);
    const { fileId, description } = cat;
    const inGroup = { groupId: 'g', fileId };
    await anna.client.call('shareFile', { groupId: 'g', name: 'cat', fileId, description });
    await anna.client.call('goOnline', { addresses });
    await anna.client.next('reach');
    const announce = (state: 'complete' | 'gone') =>
      anna.client.call('announce', { files: [{ ...inGroup, state }] });
    await announce('complete');
    await ben.client.call('watch', inGroup);
    await announce('gone');
    const gone = { ...inGroup, online: [], gone: [anna.deviceId] };
    t.same(await ben.client.next('peers'), gone);
    await announce('complete');
    t.match(await ben.client.next('peers'), { online: [{ userId: 'anna' }] });
    await anna.client.close();
    t.same(await ben.client.next('peers'), { ...gone, lost: true });
  },
);

void t.test('logging out elsewhere on a device ends what it serves', async (t) => {
  const { tracker, anna } = await openWithAnna(t);
  const ben = await enter(tracker, 'ben');
  await anna.client.call('createGroup', { groupId: 'g' });
  await admit(anna, 'g', ben);
  const { fileId, description } = cat;
  await anna.client.call('shareFile', { groupId: 'g', name: 'cat', fileId, description });
  await anna.client.call('goOnline', { addresses });
  await anna.client.next('reach');
  await anna.client.call('announce', { files: [{ groupId: 'g', fileId, state: 'complete' }] });
  t.equal((await ben.client.call('watch', { groupId: 'g', fileId })).peers.length, 1);
  const oneShot = await connect(tracker.address, anna.credentials);
  await oneShot.call('resume', { token: anna.token });
  await oneShot.call('logout', {});
  t.same((await ben.client.next('peers')).gone, [anna.deviceId]);
  t.match(await anna.client.next('sessionEnded'), { code: 'NOT_LOGGED_IN' });
});

void t.test('lists come in pages', async (t) => {
  const tracker = await openTracker(t);
  const groupIds = Array.from({ length: 501 }, (_, n) => `group-${String(n).padStart(4, '0')}`);
  let { client } = await enter(tracker, 'user-0');
  for (let at = 0; at < groupIds.length; at += MAX_GROUPS_PER_USER) {
    ({ client } = await enter(tracker, `user-${at}`));
    const some = groupIds.slice(at, at + MAX_GROUPS_PER_USER);
    await Promise.all(some.map((groupId) => client.call('createGroup', { groupId })));
    const more = client.call('createGroup', { groupId: 'one-more' });
    if (some.length === MAX_GROUPS_PER_USER) await t.rejects(more, { code: 'LIMIT_REACHED' });
    else await more;
  }
  const first = await client.call('listGroups', {});
  t.same(first.items, groupIds.slice(0, 500));
  t.same(await client.call('listGroups', { after: first.next! }), {
    items: ['group-0500', 'one-more'],
  });
});

void t.test('accounts, groups and shares survive a restart', async (t) => {
  const dataDir = testFolder(t);
  const first = await openTracker(t, { dataDir });
  const anna = await enter(first, 'anna');
  await anna.client.call('createGroup', { groupId: 'g' });
  const { fileId, description } = cat;
  await anna.client.call('shareFile', { groupId: 'g', name: 'cat', fileId, description });
  await t.rejects(openTracker(t, { dataDir }), { code: 'HOME_IN_USE', message: /another tracker/ });
  await first.close();
  const second = await openTracker(t, { dataDir });
  t.equal(second.deviceId, first.deviceId, 'clients that pinned it still trust it');
  const client = await connect(second.address, anna.credentials);
  const info = await client.call('resume', { token: anna.token });
  t.match(info.groups, [{ groupId: 'g', epoch: 1, role: 'owner' }]);
  t.match(await client.call('listFiles', { groupId: 'g' }), { items: [{ name: 'cat' }] });
});

void t.test('health and figures are on the same port', async (t) => {
  const tracker = await openTracker(t, { peerTransport: 'tcp' });
  const { client } = await enter(tracker, 'anna');
  t.match(await client.call('listMemberships', {}), { items: [] });
  t.same(await fetchText(tracker.address, '/healthz'), { status: 200, text: 'ok\n' });
  t.equal((await fetchText(tracker.address, '/else')).status, 404);
  const { text } = await fetchText(tracker.address, '/metrics');
  t.match(text, /^p2p_tracker_users 1$/m);
  t.match(text, /^p2p_tracker_sessions 1$/m);
  t.match(text, /^p2p_tracker_requests_total\{method="login",result="ok"\} 1$/m);
  t.match(text, /^p2p_tracker_request_duration_seconds_count\{method="login"\} 1$/m);
});

void t.test('health and figures can have an address of their own', async (t) => {
  const metricsAddress = { host: '127.0.0.1', port: 0 };
  const tracker = await openTracker(t, { metricsAddress });
  const { host, port } = tracker.metricsAddress!;
  const page = async (path: string) => (await fetch(`http://${host}:${port}${path}`)).text();
  t.equal(await page('/healthz'), 'ok\n');
  t.match(await page('/metrics'), /^p2p_tracker_users 0$/m);
  for (const path of ['/healthz', '/metrics', '//']) {
    t.equal((await fetchText(tracker.address, path)).status, 404, path);
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'p2p-tracker-'));
  t.teardown(() => rm(dataDir, { recursive: true }));
  const taken = openTracker(t, { dataDir, metricsAddress: { host, port } });
  await t.rejects(taken, { code: 'ADDRESS_IN_USE' });
});

void t.test('a port that is taken is refused with advice', async (t) => {
  const { address } = await openTracker(t);
  const dataDir = await mkdtemp(join(tmpdir(), 'p2p-tracker-'));
  t.teardown(() => rm(dataDir, { recursive: true }));
  const refused = { code: 'ADDRESS_IN_USE', message: /another port/ };
  await t.rejects(openTracker(t, { ...address, dataDir }), refused);
  const nowhere = { host: '192.0.2.1', port: 0, dataDir };
  await t.rejects(openTracker(t, nowhere), { code: 'ADDRESS_UNAVAILABLE' });
  t.equal((await stat(join(dataDir, 'identity.json'))).mode & 0o777, 0o600);
  t.equal((await stat(join(dataDir, 'ticket-key.pem'))).mode & 0o777, 0o600);
  await t.rejects(openTracker(t, { dataDir, tlsCertPath: 'x.pem' }), { code: 'BAD_ARGUMENT' });
});

void t.test('closing says goodbye to every client and may be done twice', async (t) => {
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    dataDir: testFolder(t),
    peerTransport: 'tls',
    log: () => undefined,
  });
  const client = await connect(tracker.address, createDevice().credentials);
  const closed = once(client.socket, 'close');
  await Promise.all([tracker.close(), tracker.close()]);
  t.equal((await closed)[0], 1001);
});

function fetchText(
  { host, port }: PeerAddress,
  path: string,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host, port, path, rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', reject);
  });
}
