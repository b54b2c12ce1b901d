/**
 * Who a device is: an ECDSA P-256 key with a self-signed certificate around it, made once per
 * home and kept there. A device's id is the SHA-256 of its public key (SPKI, DER), 64 hex
 * digits; a tracker has such an id as well. Storing the key (0600) belongs to the home.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { selfSignedCertificate } from './x509-der.js';

/** A device's private key and certificate, as PEM; plain data, so that it crosses threads. */
export interface DeviceCredentials {
  readonly keyPem: string;
  readonly certPem: string;
}

/** The name in every device's certificate: it says what the key is for, never whose it is. */
export const DEVICE_COMMON_NAME = 'p2p-device';

/** Makes a fresh key and its certificate. */
export function createDeviceCredentials(): DeviceCredentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = selfSignedCertificate(DEVICE_COMMON_NAME, publicKey, privateKey);
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certPem: new X509Certificate(der).toString(),
  };
}

/**
 * True when key and certificate belong together and TLS takes both: text of before or after them counts. Of a
 * certificate that vouches for itself every bit is looked at; what another one signed is for whoever trusts that.
 */
export function areWhole({ keyPem, certPem }: DeviceCredentials): boolean {
  try {
    // Without a list of authorities the one of this machine would be read, which takes 20 ms.
    createSecureContext({ key: keyPem, cert: certPem, ca: [] });
    const certificate = new X509Certificate(certPem);
    const key = createPrivateKey(keyPem);
    if (!certificate.checkPrivateKey(key)) return false;
    // That compares the public halves. With another private one every handshake would fail, and say nothing of why.
    const signed = sign(HASH, PROBE, key);
    if (!verify(HASH, PROBE, certificate.publicKey, signed)) return false;
    return !certificate.checkIssued(certificate) || certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

const HASH = 'sha256';
const PROBE = Buffer.from('any text');

/** The device id of a public key in SPKI DER form. */
export function deviceIdOfPublicKey(spkiDer: Uint8Array): string {
  return createHash('sha256').update(spkiDer).digest('hex');
}

/** The device id of the key in a certificate; throws node's error when it is not one. */
export function deviceIdOfCertificate(certDer: Uint8Array): string {
  const { publicKey } = new X509Certificate(certDer);
  return deviceIdOfPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
}

/** The device id of one's own credentials; throws node's error when the key cannot be read. */
export function deviceIdOfCredentials(credentials: DeviceCredentials): string {
  return deviceIdOfPublicKey(publicKeyOfCredentials(credentials));
}

/** One's own public key (SPKI, DER). */
export function publicKeyOfCredentials(credentials: DeviceCredentials): Buffer {
  return createPublicKey(credentials.keyPem).export({ type: 'spki', format: 'der' });
}
