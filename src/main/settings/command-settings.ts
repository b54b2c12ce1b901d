/** The settings of one run of a command: what the files say of its options. */
import type { CommandDefinition } from '../cli/command-table.js';
import { settingOptionsOf } from '../cli/setting-table.js';
import { readSettingFiles } from './setting-files.js';
import type { SettingValue } from './setting-value.js';
import { optionValuesOf, type SettingEnvironment } from './settings.js';

/** By the names of options; a command without settings looks for no file. @throws UsageError, StorageError */
export async function commandSettings(
  command: CommandDefinition,
  env: SettingEnvironment,
): Promise<Readonly<Record<string, SettingValue>>> {
  if (settingOptionsOf(command).length === 0) return {};
  return optionValuesOf(command, await readSettingFiles(env), env);
}
