/**
 * The files of settings: that of the home, and that of the machine. A file says what programs do, so one
 * that somebody else could have written is refused, as the home's other files are. Only looked for by commands that
 * have a setting, and parsed only when it is there.
 */
import { constants } from 'node:fs';
import { lstat, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { StorageError, toStorageError, UsageError } from '../../net/errors.js';
import { MAX_SETTINGS_FILE_BYTES } from '../../net/limits.js';
import { folderFlaw, ownUserId } from '../../net/own-folder.js';
import { damaged } from '../../net/state-file.js';
import { homePath, openHome } from '../home/home.js';
import type { FileOwner } from '../home/write-file-atomic.js';
import type { CheckedFile } from './checked-file.js';
import type { SettingEnvironment } from './settings.js';

const SYSTEM_PATH = '/etc/p2p/config.toml';
const NAME = 'config.toml';
const OTHERS_MAY_WRITE = 0o022;
const ROOT = 0;
/** A pipe that lies there keeps nobody waiting. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/** A place where a file of settings may be. */
export interface SettingPlace {
  readonly kind: 'home' | 'system';
  readonly path: string;
}

/** The text of a file, and what it was read from. */
export interface SettingText {
  readonly text: string;
  readonly mode: number;
  readonly owner: FileOwner;
}

/** That of the home; undefined where there can be no home. */
export function homePlace(env: SettingEnvironment): SettingPlace | undefined {
  try {
    return { kind: 'home', path: join(homePath(env), NAME) };
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

/** That of the machine, or the one that P2P_SYSTEM_CONFIG names in its place; empty there is none. @throws UsageError */
export function systemPlace(env: SettingEnvironment): SettingPlace | undefined {
  const { P2P_SYSTEM_CONFIG: named } = env;
  if (named === '' || (named === undefined && process.platform === 'win32')) return undefined;
  if (named !== undefined && !isAbsolute(named)) {
    throw new UsageError(
      'P2P_SYSTEM_CONFIG is relative; make it absolute, or empty for no such file',
    );
  }
  return { kind: 'system', path: named ?? SYSTEM_PATH };
}

/** All that there are; what an earlier one says counts. @throws UsageError, StorageError */
export async function readSettingFiles(env: SettingEnvironment): Promise<CheckedFile[]> {
  const files: CheckedFile[] = [];
  for (const place of [homePlace(env), systemPlace(env)]) {
    const found = place && (await readSettingText(place, env));
    if (!found) continue;
    // The parser is loaded by those who have such a file.
    const { checkFile } = await import('./checked-file.js');
    files.push(checkFile(place.path, found.text));
  }
  return files;
}

/** The text of one; undefined when it is not there. @throws StorageError when it is not to be trusted */
export async function readSettingText(
  place: SettingPlace,
  env: SettingEnvironment,
): Promise<SettingText | undefined> {
  const file = await openFile(place.path);
  if (file === undefined) return undefined;
  try {
    await requireOwnFolder(place, env);
    const stats = await file.stat();
    if (!stats.isFile())
      throw damaged(`${what(place)} is no plain file; move it away and try again`);
    await requireOwnFile(place, stats);
    if (stats.size > MAX_SETTINGS_FILE_BYTES) {
      throw new UsageError(`${what(place)} is larger than ${MAX_SETTINGS_FILE_BYTES} bytes`);
    }
    return {
      text: await file.readFile('utf8'),
      mode: stats.mode & 0o777,
      owner: { uid: stats.uid, gid: stats.gid },
    };
  } catch (error) {
    if (error instanceof StorageError || error instanceof UsageError) throw error;
    throw toStorageError(error, `cannot read ${what(place)}`, 'read');
  } finally {
    await file.close();
  }
}

/** Where one may not even look there are no settings: who needs that folder says so. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, READ_ONLY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (ABSENT.has(code) && !(await isThere(path))) return undefined;
    if (code === 'EACCES' && !(await isThere(path))) return undefined;
    throw toStorageError(error, `cannot read the file of settings ${path}`, 'read');
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Whoever may write to the folder may put another file there. @throws StorageError */
async function requireOwnFolder(place: SettingPlace, env: SettingEnvironment): Promise<void> {
  if (place.kind === 'home') {
    await openHome(env, { isMade: false });
    return;
  }
  const folder = dirname(place.path);
  const stats = await stat(folder);
  const owner = stats.uid === ROOT ? ROOT : ownUserId();
  if (folderFlaw(stats, owner) !== undefined) {
    throw refused(
      `other users may write to ${folder}, where ${what(place)} is; make it root's, with mode 755`,
    );
  }
}

/** @throws StorageError */
async function requireOwnFile(
  { kind, path }: SettingPlace,
  { uid, mode }: { readonly uid: number; readonly mode: number },
): Promise<void> {
  const userId = ownUserId();
  // Owners and modes mean nothing there.
  if (userId === undefined) return;
  // Root may use the home of anybody.
  const homeOwner = kind === 'home' && userId === ROOT ? (await stat(dirname(path))).uid : userId;
  if (![ROOT, userId, homeOwner].includes(uid)) {
    throw refused(`the file of settings ${path} belongs to another user; make it your own`);
  }
  if ((mode & OTHERS_MAY_WRITE) !== 0) {
    throw refused(`others may write to the file of settings ${path}; run \`chmod go-w\` on it`);
  }
}

function what({ path }: SettingPlace): string {
  return `the file of settings ${path}`;
}

function refused(why: string): StorageError {
  return new StorageError('PERMISSION_DENIED', why);
}
