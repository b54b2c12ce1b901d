/** The certificate that a tracker shows in place of its own: read from the files that its operator names. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { DeviceCredentials } from '../net/device-identity.js';
import { toStorageError, UsageError } from '../net/errors.js';
import { serverTlsOptions } from '../net/tls-identity.js';

/** PEM files of a certificate and its key. */
export interface PresentedFiles {
  readonly tlsCertPath?: string | undefined;
  readonly tlsKeyPath?: string | undefined;
}

/** Undefined when none is named. @throws UsageError, StorageError */
export async function readPresented({
  tlsCertPath,
  tlsKeyPath,
}: PresentedFiles): Promise<DeviceCredentials | undefined> {
  if (tlsCertPath === undefined && tlsKeyPath === undefined) return undefined;
  if (tlsCertPath === undefined || tlsKeyPath === undefined) {
    throw new UsageError('a certificate needs its key: give both --tls-cert and --tls-key');
  }
  const read = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((error: unknown) => {
      throw toStorageError(error, `reading ${path}`);
    });
  const presented = { certPem: await read(tlsCertPath), keyPem: await read(tlsKeyPath) };
  requirePair(presented, tlsCertPath, tlsKeyPath);
  requireUsable(presented, tlsCertPath);
  return presented;
}

/** What only the TLS library looks at: the certificates behind the first, and how strong the key is. */
function requireUsable(presented: DeviceCredentials, certPath: string): void {
  try {
    createSecureContext(serverTlsOptions(presented));
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(
      `TLS does not take the certificate ${certPath} with its key (${message}); give the whole chain in PEM form, with a key that is strong enough`,
    );
  }
}

/** Says which file is wrong; the TLS server would only name the rule that it breaks. */
function requirePair(
  { certPem, keyPem }: DeviceCredentials,
  certPath: string,
  keyPath: string,
): void {
  const certificate = parsedPem(() => new X509Certificate(certPem), certPath, 'a certificate');
  const key = parsedPem(() => createPrivateKey(keyPem), keyPath, 'a private key without password');
  if (certificate.checkPrivateKey(key)) return;
  throw new UsageError(`the key ${keyPath} does not belong to the certificate ${certPath}`);
}

function parsedPem<T>(parse: () => T, path: string, what: string): T {
  try {
    return parse();
  } catch {
    throw new UsageError(`${path} does not hold ${what}; give a file in PEM form`);
  }
}
