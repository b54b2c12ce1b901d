/** `config`: shows and changes the settings that options have where nobody types them. */
import { display } from '../../net/display.js';
import { ExitStatus, UsageError } from '../../net/errors.js';
import { isSwitchedOn, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { changeSettingFile } from '../settings/change-file.js';
import { checkFile, definitionOf, type CheckedFile } from '../settings/checked-file.js';
import { withoutSetting, withSetting } from '../settings/edit-text.js';
import {
  homePlace,
  readSettingFiles,
  readSettingText,
  systemPlace,
  type SettingPlace,
} from '../settings/setting-files.js';
import { withoutPassword } from '../settings/secret-address.js';
import { typedValue, valueText, type SettingValue } from '../settings/setting-value.js';
import { allSettings, settingOf, type Origin, type Setting } from '../settings/settings.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { action = 'list', key, value } = given.args;
  if (action !== 'set' && value !== undefined) throw new UsageError('only set takes a value');
  if (isSwitchedOn(given, 'show-origin') && action !== 'list') {
    throw new UsageError('--show-origin belongs to list');
  }
  switch (action) {
    case 'list':
      if (key !== undefined) throw new UsageError('list takes no key; get does');
      await list(context, given);
      break;
    case 'get':
      await get(context, given, required(key));
      break;
    case 'set':
      await set(context, given, required(key));
      break;
    case 'unset':
      await unset(context, given, required(key));
      break;
    default:
      throw new UsageError(`"${display(action, 64)}" is none of list, get, set, unset`);
  }
  return ExitStatus.ok;
}

function required(key: string | undefined): string {
  if (key === undefined) throw new UsageError('<key> is missing; say it as TABLE.NAME');
  return key;
}

async function list(context: ProcessContext, given: Given): Promise<void> {
  const { out } = context;
  const { files, env } = await filesFor(context, given);
  const settings = allSettings(files, env).map(told);
  const showsOrigin = isSwitchedOn(given, 'show-origin');
  const columns = [
    { name: 'SETTING' },
    { name: 'VALUE' },
    ...(showsOrigin ? [{ name: 'FROM' }] : []),
  ];
  const rows = settings.map(({ key, value, origin }) => {
    const words = [key, shown(value)];
    return showsOrigin ? [...words, originText(origin)] : words;
  });
  out.list(columns, rows, 'nothing is set; docs/configuration.md lists what can be', {
    settings,
  });
}

async function get(context: ProcessContext, given: Given, key: string): Promise<void> {
  definitionOf(key);
  const { files, env } = await filesFor(context, given);
  const found = settingOf(files, env, key);
  if (found === undefined) return context.out.result({ key }, []);
  const setting = told(found);
  const { value } = setting;
  const lines = typeof value === 'object' ? value : [String(value)];
  context.out.result(setting, lines);
}

async function set(context: ProcessContext, given: Given, key: string): Promise<void> {
  const { option } = definitionOf(key);
  const words = [given.args['value'] ?? [], given.further ?? []].flat();
  const value = checkedWords(key, () => typedValue(option, words));
  const place = placeFor(context, given);
  const [table = '', name = ''] = key.split('.');
  const change = { table, name, valueText: valueText(value, option.placeholder) };
  const shownPath = display(place.path);
  await changed(context, place, (text) => withSetting(text, change, shownPath));
  tellVariable(context, key);
  context.out.result({ key, value, path: place.path }, [
    `${key} is ${shown(value)} in ${place.path}`,
  ]);
}

async function unset(context: ProcessContext, given: Given, key: string): Promise<void> {
  const place = placeFor(context, given);
  const [table = '', name = ''] = key.split('.');
  const shownPath = display(place.path);
  // What nobody knows any more must be got rid of too.
  const isChanged = await changed(context, place, (text) =>
    withoutSetting(text, { table, name }, shownPath),
  );
  if (!isChanged) definitionOf(key);
  context.out.result({ key, wasSet: isChanged, path: place.path }, [
    isChanged
      ? `${key} is not set any more in ${place.path}`
      : `${key} is not set in ${place.path}`,
  ]);
}

/** Answers whether the file was changed. */
function changed(
  { environment, out }: ProcessContext,
  place: SettingPlace,
  change: (text: string) => string | undefined,
): Promise<boolean> {
  return tellIfSlow(changeSettingFile(place, environment.env, change), () =>
    out.note(`another command changes ${place.path}; waiting for it`),
  );
}

function checkedWords(key: string, check: () => SettingValue): SettingValue {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${key}: ${error.message}`);
  }
}

/** Whoever sets what a variable says otherwise would wonder. */
function tellVariable({ environment: { env }, out }: ProcessContext, key: string): void {
  const origin = settingOf([], env, key)?.origin;
  if (origin?.kind === 'variable') out.note(`${origin.variable} is set and goes before it`);
}

/** What holds, or what the machine's file alone says. */
async function filesFor(
  { environment: { env } }: ProcessContext,
  given: Given,
): Promise<{ files: readonly CheckedFile[]; env: Readonly<Record<string, string | undefined>> }> {
  if (!isSwitchedOn(given, 'system')) return { files: await readSettingFiles(env), env };
  const place = systemPlace(env);
  const found = place && (await readSettingText(place, env));
  return { files: found ? [checkFile(place.path, found.text)] : [], env: {} };
}

function placeFor({ environment: { env } }: ProcessContext, given: Given): SettingPlace {
  const isSystem = isSwitchedOn(given, 'system');
  const place = isSystem ? systemPlace(env) : homePlace(env);
  if (place !== undefined) return place;
  throw new UsageError(
    isSystem ? 'there is no file of settings of this machine' : 'there is no home folder for p2p',
  );
}

/** Without the password that a variable may hold. */
function told(setting: Setting): Setting {
  const { option } = definitionOf(setting.key);
  return { ...setting, value: withoutPassword(option, setting.value) };
}

function originText(origin: Origin): string {
  return origin.kind === 'variable' ? origin.variable : `${origin.path}:${origin.line}`;
}

function shown(value: SettingValue): string {
  return typeof value === 'string' ? value : valueText(value);
}
