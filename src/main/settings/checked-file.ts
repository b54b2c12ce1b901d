/** What a file of settings says, once it is known that all of it is understood. Pure. */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { nearestName } from '../../net/nearest-name.js';
import { MAX_NAME_BYTES } from '../../net/limits.js';
import { COMMON_TABLE, settingDefinitions, settingTables } from '../cli/setting-table.js';
import type { OptionDefinition } from '../cli/command.js';
import { checkedValue, type SettingValue } from './setting-value.js';
import { parseToml, type TomlEntry, type TomlTable } from './toml-text.js';

export interface HeldSetting {
  readonly value: SettingValue;
  /** In its file, from 1. */
  readonly line: number;
}

export interface CheckedFile {
  readonly path: string;
  /** By key, `serve.port`. */
  readonly settings: ReadonlyMap<string, HeldSetting>;
}

/** @throws UsageError with the path, the line, and what may have been meant */
export function checkFile(path: string, text: string): CheckedFile {
  const shown = display(path, 4 * MAX_NAME_BYTES);
  const { entries, tables } = parseToml(text, shown);
  for (const table of tables) at(shown, table.line, () => requireTable(table));
  const settings = new Map<string, HeldSetting>();
  for (const entry of entries) {
    const { line, path: names, value } = entry;
    at(shown, line, () => {
      const option = optionOf(entry);
      settings.set(names.join('.'), { value: checkedValue(option, value), line });
    });
  }
  return { path, settings };
}

function at(shownPath: string, line: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${shownPath}:${line}: ${error.message}`);
  }
}

function requireTable({ path, isOneOfMany }: TomlTable): void {
  const name = shownKey(path);
  if (isOneOfMany) throw new UsageError(`a table stands here once, as [${name}]`);
  if (path.length > 1 || !settingTables().includes(path[0]!)) throw unknownTable(path[0]!, name);
}

function optionOf({ path }: TomlEntry): OptionDefinition {
  const [table, name] = path;
  if (name === undefined) {
    throw new UsageError(
      `"${shownKey(path)}" stands in no table; what is for all commands stands below [${COMMON_TABLE}]`,
    );
  }
  try {
    return definitionOf(path.join('.'), path.length === 2).option;
  } catch (error) {
    if (!settingTables().includes(table!)) throw unknownTable(table!, table!);
    throw error;
  }
}

/** The setting of that key. `isPlain`: its parts hold no dots. @throws UsageError with what may have been meant */
export function definitionOf(
  key: string,
  isPlain = true,
): { readonly key: string; readonly option: OptionDefinition } {
  const known = isPlain ? settingDefinitions.get(key) : undefined;
  if (known !== undefined) return known;
  const near = nearestKey(key);
  const suggestion = near === undefined ? '' : `; did you mean ${near}?`;
  throw new UsageError(`there is no setting "${shownKey([key])}"${suggestion}`);
}

/** The key that somebody meant who typed another one; of many tables that have the name, the common one. */
function nearestKey(key: string): string | undefined {
  const everywhere = `${COMMON_TABLE}.${key}`;
  if (settingDefinitions.has(everywhere)) return everywhere;
  const name = key.slice(key.lastIndexOf('.') + 1);
  const near = nearestName(key, settingDefinitions.keys());
  if (near !== undefined || name === '') return near;
  const keys = new Map<string, string>();
  for (const known of settingDefinitions.keys()) {
    const itsName = known.slice(known.indexOf('.') + 1);
    if (!keys.has(itsName)) keys.set(itsName, known);
  }
  const nearName = nearestName(name, keys.keys());
  return nearName === undefined ? undefined : keys.get(nearName);
}

function unknownTable(table: string, shown: string): UsageError {
  const near = nearestName(table, settingTables());
  const suggestion = near === undefined ? '' : `; did you mean [${near}]?`;
  return new UsageError(`there is no table of settings [${display(shown, 128)}]${suggestion}`);
}

function shownKey(path: readonly string[]): string {
  return display(path.join('.'), 128);
}
