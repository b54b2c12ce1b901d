import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { gatewayCertificate } from '../../../src/main/gateway/gateway-certificate.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('one of its own stays the same, and is for nobody else to read', async (t) => {
  const home = { gatewayKeyPath: join(testFolder(t, {}), 'gateway.pem') };
  const first = await gatewayCertificate(home, undefined);
  t.match(first.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  t.same(await gatewayCertificate(home, undefined), first);
  t.equal((await stat(home.gatewayKeyPath)).mode & 0o777, 0o600);
  await writeFile(home.gatewayKeyPath, 'garbage');
  await t.rejects(gatewayCertificate(home, undefined), { code: 'IO_ERROR', message: /damaged/ });
});

t.test('one that is named is read, and what is wrong with it is said', async (t) => {
  const folder = testFolder(t, {});
  const home = { gatewayKeyPath: join(folder, 'gateway.pem') };
  const [own, other] = [createDeviceCredentials(), createDeviceCredentials()];
  const at = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const [certPath, keyPath] = [await at('cert', own.certPem), await at('key', own.keyPem)];
  const found = await gatewayCertificate(home, { certPath, keyPath });
  t.same(found.credentials, own);
  t.equal(found.fingerprint, undefined);
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [certPath, await at('other', other.keyPem), /does not belong to the certificate/],
    [await at('garbage', 'garbage'), keyPath, /does not hold a certificate/],
    [certPath, certPath, /does not hold a private key/],
    [join(folder, 'none'), keyPath, /cannot read/],
  ];
  for (const [cert, key, message] of wrong) {
    await t.rejects(gatewayCertificate(home, { certPath: cert, keyPath: key }), { message });
  }
});
