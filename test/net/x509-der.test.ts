import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import t from 'tap';
import { selfSignedCertificate } from '../../src/net/x509-der.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

t.test('the certificate is read back with its key, name and time, and signs itself', (t) => {
  const certificate = new X509Certificate(selfSignedCertificate('a-name', publicKey, privateKey));
  t.equal(certificate.subject, 'CN=a-name');
  t.equal(certificate.issuer, 'CN=a-name');
  t.ok(certificate.publicKey.equals(publicKey));
  t.ok(certificate.verify(publicKey));
  t.ok(certificate.checkPrivateKey(privateKey));
  t.equal(certificate.ca, false);
  t.ok(Date.parse(certificate.validFrom) < Date.now());
  t.ok(Date.parse(certificate.validTo) > Date.parse('9999-01-01'));
  t.end();
});

t.test('the bytes are exactly one DER element', (t) => {
  for (const name of ['a', 'n'.repeat(100), 'n'.repeat(200), 'n'.repeat(300)]) {
    const der = selfSignedCertificate(name, publicKey, privateKey);
    t.same(new X509Certificate(der).raw, der);
  }
  t.end();
});

t.test('serial numbers are positive, 16 bytes long and never twice the same', (t) => {
  const serials = Array.from({ length: 50 }, () => {
    const der = selfSignedCertificate('a-name', publicKey, privateKey);
    return new X509Certificate(der).serialNumber;
  });
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/);
  t.equal(new Set(serials).size, serials.length);
  t.end();
});
