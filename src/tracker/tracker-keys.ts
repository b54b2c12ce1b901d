/**
 * The keys of a tracker, as they lie in its data folder: its own, which clients pin, and the one that signs
 * tickets. Each is made once, when it is missing, and written so that a crash leaves a whole one or none.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  areWhole,
  createDeviceCredentials,
  type DeviceCredentials,
} from '../net/device-identity.js';
import { StorageError, toStorageError } from '../net/errors.js';
import { damaged } from '../net/state-file.js';
import { syncFolder } from '../net/sync-folder.js';
import { IDENTITY, OWNER_ONLY, TICKET_KEY } from './data-dir-files.js';

/** The keys of a tracker. */
export interface TrackerKeys {
  /** The tracker's own key. */
  readonly credentials: DeviceCredentials;
  /** PEM of the Ed25519 key that signs tickets. */
  readonly ticketKeyPem: string;
}

/** What is there of the keys. @throws StorageError for a damaged one */
export async function presentKeys(path: string): Promise<Partial<TrackerKeys>> {
  const credentials = await identityIn(path);
  const ticketKeyPem = await ticketKeyIn(path);
  return {
    ...(credentials !== undefined && { credentials }),
    ...(ticketKeyPem !== undefined && { ticketKeyPem }),
  };
}

/** The tracker's own key; undefined when it is not there. @throws StorageError for a damaged one */
export async function identityIn(path: string): Promise<DeviceCredentials | undefined> {
  const text = await readIfThere(join(path, IDENTITY));
  return text === undefined ? undefined : parseCredentials(text, path);
}

/** PEM of the key that signs tickets; undefined when it is not there. @throws StorageError for a damaged one */
export async function ticketKeyIn(path: string): Promise<string | undefined> {
  const pem = await readIfThere(join(path, TICKET_KEY));
  if (pem !== undefined) requireTicketKey(pem, join(path, TICKET_KEY));
  return pem;
}

/** What several trackers are to have in common: answers what all have, which may be what is handed in. */
export type AgreeOnKeys = (keys: TrackerKeys) => Promise<TrackerKeys>;

/** @throws StorageError DESTINATION_EXISTS when others have agreed on other ones than are there */
export async function completeKeys(
  path: string,
  present: Partial<TrackerKeys>,
  onMade: (name: string) => void,
  agree: AgreeOnKeys = (keys) => Promise.resolve(keys),
): Promise<TrackerKeys> {
  const write = async (name: string, text: string, isMade: boolean): Promise<void> => {
    await writeWhole(join(path, name), text).catch((error: unknown) => {
      throw toStorageError(error, `writing ${join(path, name)}`);
    });
    if (isMade) onMade(name);
  };
  const own = {
    credentials: present.credentials ?? createDeviceCredentials(),
    ticketKeyPem: present.ticketKeyPem ?? createTicketKey(),
  };
  const keys = await agree(own);
  const { credentials, ticketKeyPem } = keys;
  const isOwnIdentity = credentials.keyPem === own.credentials.keyPem;
  const isOwnTicketKey = ticketKeyPem === own.ticketKeyPem;
  if ((present.credentials && !isOwnIdentity) || (present.ticketKeyPem && !isOwnTicketKey)) {
    throw new StorageError(
      'DESTINATION_EXISTS',
      `the keys in the data folder ${path} are not those of the trackers that share this database; name an empty folder with --data, which gets theirs`,
    );
  }
  if (!present.credentials) await write(IDENTITY, encodeCredentials(credentials), isOwnIdentity);
  if (present.ticketKeyPem === undefined) await write(TICKET_KEY, ticketKeyPem, isOwnTicketKey);
  return keys;
}

/** As text, in the file and elsewhere. */
export function encodeCredentials(credentials: DeviceCredentials): string {
  return JSON.stringify(credentials);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `reading ${path}`);
  }
}

/**
 * Writes beside and renames, so that a crash leaves either no key or a whole one. Its name is on the disk
 * before anybody sees the key: clients trust no other one afterwards.
 */
async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  await unlink(beside).catch(() => undefined);
  const file = await open(beside, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

function createTicketKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function requireTicketKey(pem: string, path: string): void {
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'ed25519') return;
  } catch {
    // No PEM of a key: the same as another kind of key.
  }
  throw damaged(
    `the tracker's ticket key ${path} is damaged; restore it from a backup, or remove it to make a new one (clients learn it when they connect again)`,
  );
}

/** @throws StorageError for damaged ones; `path` is where they are */
export function parseCredentials(text: string, path: string): DeviceCredentials {
  const { keyPem, certPem } = parseObject(text);
  const areTexts = typeof keyPem === 'string' && typeof certPem === 'string';
  if (areTexts && areWhole({ keyPem, certPem })) return { keyPem, certPem };
  throw damaged(
    `the tracker's identity ${join(path, IDENTITY)} is damaged; restore it from a backup, or remove it to make a new identity (clients will have to trust the tracker anew)`,
  );
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
