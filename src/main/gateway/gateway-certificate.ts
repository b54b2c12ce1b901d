/** What a gateway shows to guests: the certificate that its user names, or one of the home's own. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { toStorageError, UsageError } from '../../net/errors.js';
import { loadGatewayCredentials } from '../home/gateway-key-file.js';
import type { Home } from '../home/home.js';

/** PEM files, both or none. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface GatewayCertificate {
  readonly credentials: DeviceCredentials;
  /** Absent where the user named it: an authority may vouch for it. */
  readonly fingerprint?: string;
  /** The first name that it is of, if it is of one. */
  readonly name?: string;
}

/** @throws UsageError, StorageError */
export async function gatewayCertificate(
  home: Pick<Home, 'gatewayKeyPath'>,
  files: CertificateFiles | undefined,
): Promise<GatewayCertificate> {
  if (files === undefined) {
    const credentials = await loadGatewayCredentials(home);
    const { fingerprint256 } = new X509Certificate(credentials.certPem);
    return { credentials, fingerprint: fingerprint256 };
  }
  const { certPath, keyPath } = files;
  const credentials = { certPem: await read(certPath), keyPem: await read(keyPath) };
  requirePair(credentials, files);
  const name = nameIn(new X509Certificate(credentials.certPem));
  return { credentials, ...(name !== undefined && { name }) };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw toStorageError(error, `cannot read ${path}`, 'read');
  });
}

/** Says which file is wrong; the server would only name the rule that it breaks. */
function requirePair(
  { certPem, keyPem }: DeviceCredentials,
  { certPath, keyPath }: CertificateFiles,
): void {
  const certificate = parsed(() => new X509Certificate(certPem), certPath, 'a certificate');
  const key = parsed(() => createPrivateKey(keyPem), keyPath, 'a private key without password');
  if (!certificate.checkPrivateKey(key)) {
    throw new UsageError(`the key ${keyPath} does not belong to the certificate ${certPath}`);
  }
  try {
    createSecureContext({ cert: certPem, key: keyPem, ca: [] });
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`TLS does not take the certificate ${certPath} (${message})`);
  }
}

function parsed<T>(parse: () => T, path: string, what: string): T {
  try {
    return parse();
  } catch {
    throw new UsageError(`${path} does not hold ${what}; give a file in PEM form`);
  }
}

/** `DNS:files.example, DNS:*.example`, of which a name with a star leads nowhere. */
function nameIn({ subjectAltName }: X509Certificate): string | undefined {
  const names = (subjectAltName ?? '').split(', ').filter((one) => one.startsWith('DNS:'));
  return names.map((one) => one.slice(4)).find((name) => /^[\w-]+(\.[\w-]+)*$/.test(name));
}
