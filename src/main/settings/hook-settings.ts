/** What the files of settings have run when something happens. Read when it happens, so that a change holds at once. */
import { HOOK_TABLE, hookOptions, type HookName } from '../cli/setting-table.js';
import { requireCodeTrust } from './code-trust.js';
import { hookWordsOfFile } from './hook-words.js';
import { homePlace, readSettingText, systemPlace } from './setting-files.js';
import type { SettingEnvironment } from './settings.js';

export type HookWords = readonly [string, ...string[]];

/** By the names of the settings; what is not run is absent. */
export type HookSettings = Readonly<Partial<Record<HookName, HookWords>>>;

/** @throws UsageError, and StorageError when a file that has hooks may be changed by others */
export async function readHookSettings(env: SettingEnvironment): Promise<HookSettings> {
  const texts: Partial<Record<HookName, string>> = {};
  for (const place of [homePlace(env), systemPlace(env)]) {
    const found = place && (await readSettingText(place, env));
    if (!found) continue;
    const { checkFile } = await import('./checked-file.js');
    const { settings } = checkFile(place.path, found.text);
    const said = hookOptions.flatMap(({ name }) => {
      const value = settings.get(`${HOOK_TABLE}.${name}`)?.value;
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    if (said.length > 0) await requireCodeTrust({ ...found, path: place.path });
    for (const [name, value] of said) texts[name] ??= value;
  }
  const words = Object.entries(texts).flatMap(([name, text]) => {
    const some = hookWordsOfFile(text);
    return some === undefined ? [] : [[name, some] as const];
  });
  return Object.fromEntries(words);
}
