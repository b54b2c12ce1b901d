/** What holds of all settings, of the files that there are. Pure. */
import type { CommandDefinition } from '../cli/command-table.js';
import { keysOf, settingOptionsOf, settingDefinitions } from '../cli/setting-table.js';
import type { CheckedFile } from './checked-file.js';
import type { SettingValue } from './setting-value.js';

export type SettingEnvironment = Readonly<Record<string, string | undefined>>;

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'variable'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string; readonly line: number };

export interface Setting {
  readonly key: string;
  readonly value: SettingValue;
  readonly origin: Origin;
}

/** The value of a key; of several files the first that says it counts. */
export function settingIn(files: readonly CheckedFile[], key: string): Setting | undefined {
  for (const { path, settings } of files) {
    const held = settings.get(key);
    if (held === undefined) continue;
    return { key, value: held.value, origin: { kind: 'file', path, line: held.line } };
  }
  return undefined;
}

/** The same, where a variable of the environment may say it. */
export function settingOf(
  files: readonly CheckedFile[],
  env: SettingEnvironment,
  key: string,
): Setting | undefined {
  const { variable = '', isRepeated } = settingDefinitions.get(key)?.option ?? {};
  const said = env[variable];
  if (!said) return settingIn(files, key);
  const value = isRepeated ? said.split(',').map((one) => one.trim()) : said;
  return { key, value, origin: { kind: 'variable', variable } };
}

/** All that is set, the common ones first. */
export function allSettings(files: readonly CheckedFile[], env: SettingEnvironment): Setting[] {
  return [...settingDefinitions.keys()].flatMap((key) => settingOf(files, env, key) ?? []);
}

/** What the files say of the options of a command, by name; a variable that is set goes before them. */
export function optionValuesOf(
  command: CommandDefinition,
  files: readonly CheckedFile[],
  env: SettingEnvironment,
): Record<string, SettingValue> {
  const values: Record<string, SettingValue> = {};
  for (const option of settingOptionsOf(command)) {
    if (env[option.variable ?? '']) continue;
    const found = keysOf(command, option).map((key) => settingIn(files, key));
    const setting = found.find((one) => one !== undefined);
    if (setting !== undefined) values[option.name] = setting.value;
  }
  return values;
}
