/** The key of a device, in a temporary home. */
import { readdir, writeFile } from 'node:fs/promises';
import t from 'tap';
import { deviceIdOfCredentials } from '../../../src/net/device-identity.js';
import { DeviceKey } from '../../../src/main/account/device-key.js';
import { openHome } from '../../../src/main/home/home.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('it is made once, and the same for everybody who asks', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const key = new DeviceKey(home);
  const [first, second] = await Promise.all([key.load(), key.load()]);
  t.equal(first, second);
  t.equal(key.loaded, first);
  t.equal(await key.deviceId(), deviceIdOfCredentials(first));
  const later = new DeviceKey(home);
  t.equal(await later.deviceId(), await key.deviceId(), 'a later run is the same device');
  t.same(await later.load(), first);
});

t.test('who only asks for its id makes none', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  t.equal(await new DeviceKey(home).knownDeviceId(), undefined);
  t.same(await readdir(home.path), []);
  const deviceId = await new DeviceKey(home).deviceId();
  t.equal(await new DeviceKey(home).knownDeviceId(), deviceId);
});

t.test('whoever uses it unread has a bug', async (t) => {
  const key = new DeviceKey(await openHome({ P2P_HOME: testFolder(t) }));
  t.throws(() => key.loaded, /^bug: /);
  await key.deviceId();
  t.ok(key.loaded.keyPem);
});

t.test('a damaged file is told to everybody', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  await writeFile(home.deviceKeyPath, 'something else');
  const key = new DeviceKey(home);
  const damaged = { code: 'IO_ERROR', message: /is damaged/ };
  await t.rejects(key.load(), damaged);
  await t.rejects(key.deviceId(), damaged);
  t.throws(() => key.loaded, /^bug: /);
});
