/**
 * The key and certificate that a gateway for guests shows when it has none of an authority: made once for a home and
 * kept (0600), so that its fingerprint stays. It is not the device key: a guest learns nothing of that.
 */
import { readFile } from 'node:fs/promises';
import {
  areWhole,
  createDeviceCredentials,
  type DeviceCredentials,
} from '../../net/device-identity.js';
import { toStorageError } from '../../net/errors.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import type { Home } from './home.js';
import { createFileAtomic } from './write-file-atomic.js';

const FILE_MODE = 0o600;
const WHAT = 'the key of the gateway';

/** Made at the first call. @throws StorageError when the file cannot be written or is damaged */
export async function loadGatewayCredentials({
  gatewayKeyPath: path,
}: Pick<Home, 'gatewayKeyPath'>): Promise<DeviceCredentials> {
  if ((await stateFileAt(path, WHAT, 'read')) === undefined) {
    const { keyPem, certPem } = createDeviceCredentials();
    await createFileAtomic(path, `${keyPem.trim()}\n${certPem.trim()}\n`, FILE_MODE);
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw toStorageError(error, `cannot read ${WHAT} ${path}`, 'read');
  });
  const certAt = text.indexOf('-----BEGIN CERTIFICATE-----');
  const credentials = { keyPem: text.slice(0, certAt), certPem: text.slice(certAt) };
  if (certAt !== -1 && areWhole(credentials)) return credentials;
  throw damaged(`${WHAT} ${path} is damaged; remove it, and another one is made`);
}
