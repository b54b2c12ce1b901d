import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import t from 'tap';
import {
  areWhole,
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

t.test('a certificate is whole as long as every bit of it is as it was signed', (t) => {
  t.ok(areWhole(credentials));
  const { raw } = new X509Certificate(credentials.certPem);
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const flipped = Buffer.from(raw);
    flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
    const lines = flipped
      .toString('base64')
      .match(/.{1,64}/g)!
      .join('\n');
    const certPem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    // Whose name differs from its issuer's says that another one vouches for it.
    if (areWhole({ ...credentials, certPem })) t.notOk(isOwnWord(flipped), `bit ${bit}`);
  }
  t.notOk(areWhole({ ...credentials, keyPem: createDeviceCredentials().keyPem }));
  t.end();
});

function isOwnWord(der: Buffer): boolean {
  const certificate = new X509Certificate(der);
  return certificate.checkIssued(certificate);
}

t.test('two devices have two ids', (t) => {
  t.not(deviceIdOfCredentials(createDeviceCredentials()), deviceIdOfCredentials(credentials));
  t.end();
});

t.test('what is no certificate has no id', (t) => {
  t.throws(() => deviceIdOfCertificate(Buffer.from('garbage')));
  t.end();
});

t.test('a key whose secret half is another one is not whole', (t) => {
  const der = createPrivateKey(credentials.keyPem).export({ type: 'pkcs8', format: 'der' });
  // PKCS #8: 36 bytes of what it is, 32 of the secret, then the public half.
  for (let at = 36; at < 68; at++) {
    const flipped = Buffer.from(der);
    flipped[at]! ^= 1;
    const base64 = flipped.toString('base64').replaceAll(/.{64}/g, '$&\n');
    const keyPem = `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
    t.notOk(areWhole({ ...credentials, keyPem }), `byte ${at}`);
  }
  t.end();
});
