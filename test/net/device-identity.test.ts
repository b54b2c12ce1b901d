import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import t from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCertificate,
  deviceIdOfCredentials,
  deviceIdOfPublicKey,
  publicKeyOfCredentials,
} from '../../src/net/device-identity.js';
import { isSha256Hex } from '../../src/net/description.js';

const credentials = createDeviceCredentials();

t.test('key and certificate belong together and are ECDSA P-256', (t) => {
  const key = createPublicKey(credentials.keyPem);
  t.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.ok(new X509Certificate(credentials.certPem).publicKey.equals(key));
  t.end();
});

t.test('the device id is the same from key, certificate and credentials', (t) => {
  const spki = createPublicKey(credentials.keyPem).export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(spki).digest('hex');
  t.ok(isSha256Hex(id));
  t.equal(deviceIdOfPublicKey(spki), id);
  t.equal(deviceIdOfCredentials(credentials), id);
  t.equal(deviceIdOfCertificate(new X509Certificate(credentials.certPem).raw), id);
  t.same(publicKeyOfCredentials(credentials), spki);
  t.end();
});

t.test('two devices have two ids', (t) => {
  t.not(deviceIdOfCredentials(createDeviceCredentials()), deviceIdOfCredentials(credentials));
  t.end();
});

t.test('what is no certificate has no id', (t) => {
  t.throws(() => deviceIdOfCertificate(Buffer.from('garbage')));
  t.end();
});
