/**
 * The tracker's folder: for its owner alone, also when it was there before, locked against a second tracker, and the
 * place of its keys. The lock is one that the operating system drops with the process, so that
 * nothing has to be cleaned up after a crash.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  areWhole,
  createDeviceCredentials,
  type DeviceCredentials,
} from '../net/device-identity.js';
import { isBusy, openEmbeddedDatabase, type EmbeddedDatabase } from '../net/embedded-database.js';
import { StorageError, toStorageError } from '../net/errors.js';
import { makeFolder } from '../net/make-folder.js';

/** The mode of every file: read and write for its owner. */
const OWNER_ONLY = 0o600;

/** A locked folder with its keys. */
export interface DataDir {
  readonly storePath: string;
  /** The tracker's own key, made on the first start. */
  readonly credentials: DeviceCredentials;
  /** PEM of the Ed25519 key that signs tickets, made on the first start. */
  readonly ticketKeyPem: string;
  /** Lets another tracker have the folder. */
  release(): void;
}

/**
 * Creates what is missing and takes the lock.
 * @throws StorageError HOME_IN_USE when another tracker has the folder, PERMISSION_DENIED when
 * others may write to it, or what the disk says
 */
export async function openDataDir(path: string): Promise<DataDir> {
  const doing = `opening the tracker's data folder ${path}`;
  await makeFolder(path, 0o700).catch((error: unknown) => {
    throw toStorageError(error, doing);
  });
  await refuseForeignFolder(path);
  await closeToOthers(path).catch((error: unknown) => {
    throw toStorageError(error, doing);
  });
  const lock = await takeLock(path);
  try {
    const ticketKeyPath = join(path, 'ticket-key.pem');
    const identity = await readOrCreate(join(path, 'identity.json'), () =>
      JSON.stringify(createDeviceCredentials()),
    );
    return {
      storePath: join(path, 'tracker.db'),
      credentials: parseCredentials(identity, path),
      ticketKeyPem: checkTicketKey(
        await readOrCreate(ticketKeyPath, createTicketKey),
        ticketKeyPath,
      ),
      release: () => {
        if (lock.isOpen) lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error instanceof StorageError ? error : toStorageError(error, doing);
  }
}

/** What lies in it, and beside the databases what SQLite makes with their modes. */
const DATABASES = ['tracker.db', 'lock.db'];
const BESIDE = ['', '-wal', '-shm', '-journal'];
const KEYS = ['identity.json', 'ticket-key.pem'];

/** Whoever may write to a folder may swap its files, whatever their modes. */
async function refuseForeignFolder(path: string): Promise<void> {
  const { mode } = await stat(path).catch((error: unknown) => {
    throw toStorageError(error, `looking at the tracker's data folder ${path}`, 'read');
  });
  if (process.platform === 'win32' || (mode & 0o022) === 0) return;
  throw new StorageError(
    'PERMISSION_DENIED',
    `others may write to the tracker's data folder ${path}; run \`chmod go-w\` on it, or name another`,
  );
}

/**
 * Makes every file its owner's alone. A database that is missing is made before SQLite would,
 * which goes by the umask; what SQLite puts beside it gets its mode.
 */
async function closeToOthers(path: string): Promise<void> {
  for (const name of DATABASES) await (await open(join(path, name), 'a', OWNER_ONLY)).close();
  const databases = DATABASES.flatMap((name) => BESIDE.map((end) => `${name}${end}`));
  for (const name of [...databases, ...KEYS]) {
    await chmod(join(path, name), OWNER_ONLY).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** A database that holds nothing, kept in an exclusive transaction for as long as we run. */
async function takeLock(path: string): Promise<EmbeddedDatabase> {
  const lock = await openEmbeddedDatabase(join(path, 'lock.db')).catch((error: unknown) => {
    throw toStorageError(error, `locking the tracker's data folder ${path}`);
  });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    if (!isBusy(cause)) throw toStorageError(cause, `locking the tracker's data folder ${path}`);
    throw new StorageError(
      'HOME_IN_USE',
      `another tracker uses the data folder ${path}; stop it, or give this one another folder`,
      { cause },
    );
  }
}

async function readOrCreate(path: string, create: () => string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const text = create();
  await writeWhole(path, text);
  return text;
}

/** Writes beside and renames, so that a crash leaves either no key or a whole one. */
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
}

function createTicketKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function checkTicketKey(pem: string, path: string): string {
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'ed25519') return pem;
  } catch {
    // No key at all.
  }
  throw new StorageError(
    'IO_ERROR',
    `the key that signs tickets, ${path}, cannot be read; restore it from a backup, or remove it to make a new one (tickets of before end)`,
  );
}

function parseCredentials(text: string, path: string): DeviceCredentials {
  const { keyPem, certPem } = parseObject(text);
  const areTexts = typeof keyPem === 'string' && typeof certPem === 'string';
  if (areTexts && areWhole({ keyPem, certPem })) return { keyPem, certPem };
  throw new StorageError(
    'IO_ERROR',
    `identity.json in ${path} cannot be read; restore it from a backup, or remove it to make a new identity (clients will have to trust the tracker anew)`,
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
