import { readFile, stat, writeFile } from 'node:fs/promises';
import t from 'tap';
import { loadDeviceCredentials } from '../../../src/main/home/device-key-file.js';
import { openHome } from '../../../src/main/home/home.js';
import { deviceIdOfCredentials } from '../../../src/net/device-identity.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a home gets a key at the first call and keeps it', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const first = await loadDeviceCredentials(home);
  t.equal((await stat(home.deviceKeyPath)).mode & 0o777, 0o600);
  const second = await loadDeviceCredentials(home);
  t.equal(deviceIdOfCredentials(second), deviceIdOfCredentials(first));
  t.same(second, first);
});

t.test('those who start at once agree on one key', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => loadDeviceCredentials(home)));
  t.equal(new Set(all.map(deviceIdOfCredentials)).size, 1);
});

t.test('a damaged key is named, never replaced', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  await loadDeviceCredentials(home);
  const whole = await readFile(home.deviceKeyPath, 'utf8');
  // TLS reads on where one certificate is enough for the rest of Node.
  const more = `${whole}-----BEGIN CERTIFICATE-----\nAAAA!\n-----END CERTIFICATE-----\n`;
  for (const damaged of ['', 'rubbish', whole.slice(0, 200), whole.slice(200), more]) {
    await writeFile(home.deviceKeyPath, damaged);
    await t.rejects(loadDeviceCredentials(home), { code: 'IO_ERROR', message: /is damaged/ });
    t.equal(await readFile(home.deviceKeyPath, 'utf8'), damaged);
  }
});
