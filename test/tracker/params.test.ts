import t from 'tap';
import {
  DESCRIPTION_SLICE_BYTES,
  MAX_ADDRESSES_PER_DEVICE,
  MAX_ANNOUNCED_PER_CALL,
  MAX_DESCRIPTION_BYTES,
  MAX_FILES_PER_CALL,
} from '../../src/net/limits.js';
import type { TrackerMethod } from '../../src/net/tracker-api.js';
import { isTrackerMethod, parseParams } from '../../src/tracker/params.js';

const fileId = 'ab'.repeat(32);
const slice = { fileId, offset: 0, totalBytes: 4, bytes: 'AAAA' };
const file = { name: 'cat.jpg', fileId };
const address = { host: '10.0.0.1', port: 4000 };
const offer = { groupId: 'g', fileId, state: 'complete' };
const base64 = (bytes: number) => Buffer.alloc(bytes).toString('base64');

void t.test('only names of methods are methods', async (t) => {
  t.ok(isTrackerMethod('login'));
  for (const name of ['', 'Login', 'toString', '__proto__', 'constructor']) {
    t.notOk(isTrackerMethod(name), name);
  }
});

void t.test('what is well formed passes, without the fields that nobody knows', async (t) => {
  const accepted: [TrackerMethod, object][] = [
    ['createUser', { userId: 'anna', password: 'secret' }],
    ['createUser', { userId: 'anna', password: 'secret', invite: 'x'.repeat(128) }],
    ['createUser', { userId: 'anna' }],
    ['createUser', { userId: 'anna', groupInvite: { groupId: 'g', secret: 'x' } }],
    ['loginByKey', {}],
    ['createInvite', { groupId: 'g', inviteId: fileId, uses: 1, lifetimeMs: 1 }],
    ['redeemInvite', { groupId: 'g', secret: 'x'.repeat(128) }],
    ['changePassword', { newPassword: 'b' }],
    ['logout', {}],
    ['joinGroup', { groupId: 'g\u{fe0f}' }],
    ['login', { userId: 'anna\u{3164}', password: 'secret' }],
    ['changePassword', { oldPassword: 'a', newPassword: 'b' }],
    ['logoutDevice', {}],
    ['logoutDevice', { deviceId: fileId }],
    ['listGroups', { after: 'g' }],
    ['listGroups', {}],
    ['putDescription', slice],
    ['putDescription', { ...slice, bytes: base64(DESCRIPTION_SLICE_BYTES) }],
    ['shareFile', { groupId: 'g', ...file }],
    ['shareFiles', { groupId: 'g', files: Array(MAX_FILES_PER_CALL).fill(file), announce: true }],
    ['goOnline', { addresses: Array(MAX_ADDRESSES_PER_DEVICE).fill(address) }],
    ['goOnline', { addresses: [{ host: 'fe80::1%eth0', port: 65_535 }] }],
    ['announce', { files: [] }],
    ['announce', { files: Array(MAX_ANNOUNCED_PER_CALL).fill(offer) }],
  ];
  for (const [method, params] of accepted) {
    t.same(parseParams(method, { ...params, more: 1 }), params, method);
  }
});

void t.test('anything else is refused', async (t) => {
  const refused: [TrackerMethod, unknown][] = [
    ['logout', undefined],
    ['login', { userId: 'anna' }],
    ['createUser', { userId: 'anna', password: 'secret', invite: 'x'.repeat(129) }],
    ['changePassword', { oldPassword: 'a', newPassword: '' }],
    ['logoutDevice', { deviceId: 'pc' }],
    ['createInvite', { groupId: 'g', inviteId: 'x', uses: 1, lifetimeMs: 1 }],
    ['createInvite', { groupId: 'g', inviteId: fileId, uses: 0, lifetimeMs: 1 }],
    ['createInvite', { groupId: 'g', inviteId: fileId, uses: 10_001, lifetimeMs: 1 }],
    ['createInvite', { groupId: 'g', inviteId: fileId, uses: 1, lifetimeMs: 366 * 86_400_000 }],
    ['redeemInvite', { groupId: 'g', secret: 'x'.repeat(129) }],
    ['redeemInvite', { secret: 'x' }],
    ['login', { userId: '', password: 'secret' }],
    ['login', { userId: 'anna', password: '' }],
    ['resume', { token: 'x'.repeat(257) }],
    ['createGroup', { groupId: ['g'] }],
    ['createGroup', { groupId: 'g\u{fe0f}' }],
    ['createUser', { userId: 'anna\u{3164}', password: 'secret' }],
    ['listGroups', { after: undefined }],
    ['getDescription', { groupId: 'g', fileId, offset: -1 }],
    ['getDescription', { groupId: 'g', fileId, offset: 0.5 }],
    ['getDescription', { groupId: 'g', fileId, offset: MAX_DESCRIPTION_BYTES + 1 }],
    ['getDescription', { groupId: 'g', fileId: fileId.toUpperCase(), offset: 0 }],
    ['putDescription', { ...slice, totalBytes: 0 }],
    ['putDescription', { ...slice, bytes: 'not base64!' }],
    ['putDescription', { ...slice, bytes: base64(DESCRIPTION_SLICE_BYTES + 3) }],
    ['shareFile', { groupId: 'g', ...file, name: 'a/b' }],
    ['shareFiles', { groupId: 'g', files: [], announce: true }],
    ['stopShares', { groupId: 'g', names: [] }],
    ['stopShares', { groupId: 'g', names: Array(MAX_FILES_PER_CALL + 1).fill('a') }],
    [
      'shareFiles',
      { groupId: 'g', files: Array(MAX_FILES_PER_CALL + 1).fill(file), announce: true },
    ],
    ['goOnline', { addresses: [] }],
    ['goOnline', { addresses: Array(MAX_ADDRESSES_PER_DEVICE + 1).fill(address) }],
    ['goOnline', { addresses: [{ host: 'a b', port: 1 }] }],
    ['goOnline', { addresses: [{ host: 'a', port: 0 }] }],
    ['announce', { files: [{ ...offer, state: 'unsure' }] }],
    ['announce', { files: Array(MAX_ANNOUNCED_PER_CALL + 1).fill(offer) }],
  ];
  for (const [method, params] of refused) {
    t.throws(
      () => parseParams(method, params),
      { code: 'BAD_REQUEST' },
      JSON.stringify(params)?.slice(0, 60),
    );
  }
});

void t.test('a password is never repeated in a refusal', async (t) => {
  const tooLong = 'secret'.repeat(1000);
  try {
    parseParams('login', { userId: 'anna', password: tooLong });
    t.fail('it was taken');
  } catch (error) {
    t.notMatch((error as Error).message, /secret/);
  }
});
