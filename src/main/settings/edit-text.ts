/** Changes one setting in the text of a file; everything else stays as it was, comments too. Pure. */
import { UsageError } from '../../net/errors.js';
import { parseToml, type TomlEntry } from './toml-text.js';

/** A setting, and how its value is written. */
export interface SettingChange {
  readonly table: string;
  readonly name: string;
  readonly valueText: string;
}

/** The text with the setting. `shownPath` begins what is said of a text that cannot be changed. @throws UsageError */
export function withSetting(text: string, change: SettingChange, shownPath: string): string {
  const { table, name, valueText } = change;
  const file = parseToml(text, shownPath);
  const many = file.tables.find(({ path, isOneOfMany }) => isOneOfMany && path[0] === table);
  if (many !== undefined) throw byHand(shownPath, many.line);
  const ofTable = file.entries.filter(({ path }) => path[0] === table);
  const present = ofTable.find((entry) => isOf(entry, change));
  const line = `${name} = ${valueText}`;
  const heading = file.tables.find(({ path }) => path.length === 1 && path[0] === table);
  const dotted = ofTable.findLast(({ form }) => form === 'top');
  let changed: string;
  if (present !== undefined) {
    const [from, to] = present.valueSpan;
    changed = text.slice(0, from) + valueText + text.slice(to);
  } else if (heading !== undefined) {
    changed = withLine(text, heading.whole[1], line);
  } else if (dotted !== undefined) {
    changed = withLine(text, dotted.whole[1], `${table}.${line}`);
  } else {
    const end = endOfLines(text);
    const before = text === '' || text.endsWith('\n') ? text : text + end;
    const gap = text.trim() === '' ? '' : end;
    changed = `${before}${gap}[${table}]${end}${line}${end}`;
  }
  requireChanged(changed, change, shownPath);
  return changed;
}

/** The text without the setting, with the rest of its line; undefined when it does not stand there. @throws UsageError */
export function withoutSetting(
  text: string,
  setting: Omit<SettingChange, 'valueText'>,
  shownPath: string,
): string | undefined {
  const { entries } = parseToml(text, shownPath);
  const present = entries.find((entry) => isOf(entry, setting));
  if (present === undefined) return undefined;
  if (present.form === 'inline') throw byHand(shownPath, present.line);
  const [from, to] = present.whole;
  const start = text.lastIndexOf('\n', from - 1) + 1;
  return text.slice(0, start) + text.slice(nextLine(text, to));
}

function isOf({ path }: TomlEntry, { table, name }: Omit<SettingChange, 'valueText'>): boolean {
  return path.length === 2 && path[0] === table && path[1] === name;
}

/** A further line below the one in which `at` lies. */
function withLine(text: string, at: number, line: string): string {
  const end = endOfLines(text);
  const next = nextLine(text, at);
  const before = text.slice(0, next);
  const gap = before.endsWith('\n') ? '' : end;
  return `${before}${gap}${line}${end}${text.slice(next)}`;
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function endOfLines(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** What is written in a way that leaves no room for it (`serve = {}`) is not broken by a change. */
function requireChanged(text: string, change: SettingChange, shownPath: string): void {
  try {
    const { entries } = parseToml(text, shownPath);
    if (entries.some((entry) => isOf(entry, change))) return;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
  throw byHand(shownPath);
}

function byHand(shownPath: string, line?: number): UsageError {
  const place = line === undefined ? shownPath : `${shownPath}:${line}`;
  return new UsageError(`${place}: this is written in a way that is changed by hand`);
}
