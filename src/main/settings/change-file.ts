/**
 * Changes a file of settings on the disk, as a whole. Of several commands at once each has its turn (change-lock.ts);
 * an editor takes no lock, so the file is looked at once more just before the new one has its name. What root changes
 * stays whose it was.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { MAX_SETTINGS_ATTEMPTS, MAX_SETTINGS_FILE_BYTES } from '../../net/limits.js';
import { makeFolder } from '../../net/make-folder.js';
import { ownUserId } from '../../net/own-folder.js';
import { damaged } from '../../net/state-file.js';
import { openHome } from '../home/home.js';
import { writeFileIfWanted, type FileOwner } from '../home/write-file-atomic.js';
import { whileAlone } from './change-lock.js';
import { readSettingText, type SettingPlace } from './setting-files.js';
import type { SettingEnvironment } from './settings.js';

const ROOT = 0;
const MODES = { home: 0o600, system: 0o644 } as const;

/**
 * Writes what `change` makes of the text; it makes undefined of one that is to stay as it is. Answers whether it
 * was changed. @throws StorageError, and what `change` throws
 */
export async function changeSettingFile(
  place: SettingPlace,
  env: SettingEnvironment,
  change: (text: string) => string | undefined,
): Promise<boolean> {
  // Where there is nothing to be changed no folder is made.
  if (change((await readSettingText(place, env))?.text ?? '') === undefined) return false;
  await makePlace(place, env);
  return whileAlone(place.path, () => changeAlone(place, env, change));
}

async function changeAlone(
  ...[place, env, change]: Parameters<typeof changeSettingFile>
): Promise<boolean> {
  for (let attempts = 0; attempts < MAX_SETTINGS_ATTEMPTS; attempts++) {
    const before = await readSettingText(place, env);
    const text = change(before?.text ?? '');
    if (text === undefined) return false;
    if (Buffer.byteLength(text) > MAX_SETTINGS_FILE_BYTES) throw tooLarge(place);
    const path = before === undefined ? place.path : await targetOf(place.path);
    let isWritten = false;
    const making = {
      mode: before?.mode ?? MODES[place.kind],
      owner: await ownerOf(place, before?.owner),
    };
    await writeFileIfWanted(path, text, making, async () => {
      isWritten = (await readSettingText(place, env))?.text === before?.text;
      return isWritten;
    });
    if (isWritten) return true;
  }
  throw damaged(`${place.path} is changed by somebody else again and again; try again later`);
}

async function makePlace({ kind, path }: SettingPlace, env: SettingEnvironment): Promise<void> {
  if (kind === 'home') {
    await openHome(env);
    return;
  }
  try {
    await makeFolder(dirname(path), 0o755);
  } catch (error) {
    throw toStorageError(error, `cannot make the folder of ${path}`, 'create');
  }
}

/** Whose the file becomes; a new one in a home is of whose home that is. Only root gives files away. */
async function ownerOf(
  { kind, path }: SettingPlace,
  before: FileOwner | undefined,
): Promise<FileOwner | undefined> {
  if (ownUserId() !== ROOT) return undefined;
  if (before !== undefined || kind === 'system') return before;
  try {
    const { uid, gid } = await stat(dirname(path));
    return { uid, gid };
  } catch (error) {
    throw toStorageError(error, `cannot look at the folder of ${path}`, 'read');
  }
}

/** What is kept elsewhere, and linked here, stays so. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw toStorageError(error, `cannot look at ${path}`, 'read');
  }
}

function tooLarge({ path }: SettingPlace): Error {
  return damaged(`${path} would be larger than ${MAX_SETTINGS_FILE_BYTES} bytes; shorten it`);
}
