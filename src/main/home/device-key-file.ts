/**
 * The device key of a home: made once, kept in one file (0600) with its certificate, so that
 * the two can never get apart. Two processes that start at once agree on one key.
 */
import { readFile } from 'node:fs/promises';
import { areWhole, createDeviceCredentials } from '../../net/device-identity.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { stateFileAt } from '../../net/state-file.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { Home } from './home.js';
import { createFileAtomic } from './write-file-atomic.js';

const KEY_FILE_MODE = 0o600;

/**
 * The credentials of this home's device, created at the first call.
 * @throws StorageError when the file cannot be written or is damaged
 */
export async function loadDeviceCredentials(home: Home): Promise<DeviceCredentials> {
  const existing = await findDeviceCredentials(home);
  if (existing !== undefined) return existing;
  const path = home.deviceKeyPath;
  const { keyPem, certPem } = createDeviceCredentials();
  await createFileAtomic(path, `${keyPem.trim()}\n${certPem.trim()}\n`, KEY_FILE_MODE);
  // Read back: another process may have been first, and its key is then the key of this home.
  return parse((await readKeyFile(path)) ?? '', path);
}

/** The same if there are any; none are made. @throws StorageError when the file is damaged */
export async function findDeviceCredentials(home: Home): Promise<DeviceCredentials | undefined> {
  const path = home.deviceKeyPath;
  await stateFileAt(path, 'the device key', 'read');
  const existing = await readKeyFile(path);
  return existing === undefined ? undefined : parse(existing, path);
}

async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `cannot read the device key ${path}`, 'read');
  }
}

function parse(text: string, path: string): DeviceCredentials {
  const certAt = text.indexOf('-----BEGIN CERTIFICATE-----');
  const credentials = { keyPem: text.slice(0, certAt), certPem: text.slice(certAt) };
  if (certAt === -1 || !areWhole(credentials)) {
    throw new StorageError(
      'IO_ERROR',
      `the device key ${path} is damaged; restore it, or delete it to become a new device and log in again`,
    );
  }
  return credentials;
}
