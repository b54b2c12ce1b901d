/** The values of settings: what each may be, and how it is written. Pure. */
import { isAbsolute } from 'node:path';
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import type { OptionDefinition } from '../cli/command.js';
import {
  parseAddress,
  parseCount,
  parseDurationMs,
  parseHost,
  parsePort,
  parseRate,
  parseSize,
} from '../terminal/quantities.js';
import { parseTrackers } from '../terminal/tracker-address.js';
import { hookText, hookWordsOfFile } from './hook-words.js';
import { requireNoPassword } from './secret-address.js';
import type { TomlValue } from './toml-text.js';

/** As an option has it that was typed: words, of one that may be repeated a list of them. */
export type SettingValue = string | boolean | readonly string[];

/** A command to run: a text that is cut into words, or a list of them, which is kept as such a text. */
const COMMAND = 'CMD';

/** What the values of options are, by their placeholders; the others are any text. Each throws UsageError. */
const checks: Readonly<Record<string, (text: string) => unknown>> = {
  RATE: parseRate,
  SIZE: parseSize,
  TIME: parseDurationMs,
  PORT: parsePort,
  HOST: parseHost,
  'HOST:PORT': parseAddress,
  'HOST[:PORT]': (text) => parseTrackers([text]),
  N: (text) => parseCount(text, 'a number', 0, 999_999_999),
  [COMMAND]: hookWordsOfFile,
  DIR: requireAbsolute,
  FILE: requireAbsolute,
};

/** Placeholders of whole numbers, which are written as such. */
const NUMBERS: ReadonlySet<string | undefined> = new Set(['N', 'PORT']);

/** Most of a wrong value that is shown. */
const MAX_SHOWN_LENGTH = 64;

/** A value of a file as that of the option. @throws UsageError what is wrong with it, without a place */
export function checkedValue(option: OptionDefinition, value: TomlValue): SettingValue {
  if (option.placeholder === undefined) {
    if (value.kind === 'boolean') return value.isTrue;
    throw new UsageError('it is a switch; write true or false');
  }
  if (option.placeholder === COMMAND && value.kind === 'list') {
    const words = value.items.map((item) => textOf(item, 'a list of texts'));
    return checkedText(option, hookText(words));
  }
  const wanted = option.isRepeated ? 'a text, or a list of texts' : 'a text';
  if (value.kind === 'list' && option.isRepeated) {
    return value.items.map((item) => checkedText(option, textOf(item, wanted)));
  }
  const text = checkedText(option, textOf(value, wanted));
  return option.isRepeated ? [text] : text;
}

/** Words of a command line as such a value. @throws UsageError */
export function typedValue(option: OptionDefinition, words: readonly string[]): SettingValue {
  const [first, ...further] = words;
  if (option.placeholder === COMMAND && further.length > 0)
    return checkedText(option, hookText(words));
  if (first === undefined) throw new UsageError('<value> is missing');
  if (further.length > 0 && !option.isRepeated) throw new UsageError('it takes one value');
  if (option.placeholder === undefined) {
    if (first === 'true' || first === 'false') return first === 'true';
    throw new UsageError('it is a switch; write true or false');
  }
  const texts = words.map((word) => checkedText(option, word));
  return option.isRepeated ? texts : texts[0]!;
}

function textOf(value: TomlValue, wanted: string): string {
  if (value.kind === 'text' || value.kind === 'integer') return value.text;
  throw new UsageError(`it wants ${wanted}, in quotes`);
}

function checkedText(option: OptionDefinition, text: string): string {
  const { name, placeholder = '', choices } = option;
  requireNoPassword(option, text);
  const isNone = name === 'lan-limit' && text === 'none';
  if (choices !== undefined && !choices.includes(text)) {
    const shown = display(text, MAX_SHOWN_LENGTH);
    throw new UsageError(`"${shown}" is none of ${choices.join(', ')}`);
  }
  if (choices === undefined && !isNone && Object.hasOwn(checks, placeholder)) {
    checks[placeholder]!(text);
  }
  return text;
}

/** A relative path would be another file in each folder in which a command is typed. */
function requireAbsolute(path: string): void {
  if (isAbsolute(path)) return;
  throw new UsageError(`"${display(path, MAX_SHOWN_LENGTH)}" is relative; write it from / on`);
}

/** A value as it stands in a file. */
export function valueText(value: SettingValue, placeholder?: string): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `[${value.map((one) => quoted(one)).join(', ')}]`;
  return NUMBERS.has(placeholder) && /^(0|[1-9]\d*)$/.test(value) ? value : quoted(value);
}

/** JSON writes all that TOML wants written as an escape, but for one. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
