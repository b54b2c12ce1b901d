/**
 * The invites of a data folder that are still good for something. Anything else under their names (which anybody who
 * has the folder may put there) is passed over, and no link, pipe or large file is read.
 */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { decodeInvite, inviteFolderOf } from '../../net/invites.js';
import { MAX_BACKUP_SMALL_FILE_BYTES } from '../../net/limits.js';
import { isInviteFile } from './backup-manifest.js';

export interface SmallFile {
  /** Relative to the data folder. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A platform without these has no such files. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** The invite was used a moment ago; its name is that of a link. */
const GONE = new Set(['ENOENT', 'ELOOP', 'EMLINK']);

/** Those that are not used and not over. */
export async function goodInvites(dataDir: string, nowMs: number): Promise<SmallFile[]> {
  const good: SmallFile[] = [];
  for (const name of await inviteNames(dataDir)) {
    const bytes = await smallFileAt(join(dataDir, name));
    const invite = bytes && decodeInvite(bytes.toString('utf8'));
    if (invite !== undefined && invite.expiresAtMs > nowMs) good.push({ name, bytes: bytes! });
  }
  return good;
}

/** What is named as an invite, relative to the data folder. */
export async function inviteNames(dataDir: string): Promise<string[]> {
  const folder = inviteFolderOf(dataDir);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw toStorageError(error, `reading ${folder}`, 'read');
  });
  return names.map((name) => `invites/${name}`).filter(isInviteFile);
}

async function smallFileAt(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await file.stat();
      const isSmall = stats.isFile() && stats.size <= MAX_BACKUP_SMALL_FILE_BYTES;
      return isSmall ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw toStorageError(error, `reading ${path}`, 'read');
  }
}
