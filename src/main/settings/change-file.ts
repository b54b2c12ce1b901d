/** Changes a file of settings on the disk, as a whole, and only if nobody else has changed it meanwhile. */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { MAX_SETTINGS_ATTEMPTS, MAX_SETTINGS_FILE_BYTES } from '../../net/limits.js';
import { makeFolder } from '../../net/make-folder.js';
import { damaged } from '../../net/state-file.js';
import { openHome } from '../home/home.js';
import { writeFileIfWanted } from '../home/write-file-atomic.js';
import { readSettingText, type SettingPlace } from './setting-files.js';
import type { SettingEnvironment } from './settings.js';

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
  for (let attempts = 0; attempts < MAX_SETTINGS_ATTEMPTS; attempts++) {
    const before = await readSettingText(place, env);
    const text = change(before?.text ?? '');
    if (text === undefined) return false;
    if (Buffer.byteLength(text) > MAX_SETTINGS_FILE_BYTES) throw tooLarge(place);
    await makePlace(place, env);
    const path = before === undefined ? place.path : await targetOf(place.path);
    let isWritten = false;
    await writeFileIfWanted(path, text, before?.mode ?? MODES[place.kind], async () => {
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
