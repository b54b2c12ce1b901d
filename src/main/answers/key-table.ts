/** The keys of an object as a table for people, made of its schema. Pure. */
import * as v from 'valibot';
import type { Keys } from './answer-shape.js';

/** What of a schema is told. */
type Told = v.GenericSchema & {
  readonly entries?: Keys;
  readonly item?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly options?: readonly (v.GenericSchema | string)[];
  readonly literal?: unknown;
};

/** A row for each key, and for each of those inside it. */
export function table(keys: Keys): string {
  const rows = rowsOf(keys, '');
  return ['| key | value | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The keys of an object that a schema lets in, whichever of its forms it has. */
export function keysOf(schema: Told): Keys {
  if (schema.entries) return schema.entries;
  const options = schema.options as readonly Told[];
  const forms = options.map((option) => Object.entries(keysOf(option)));
  if (schema.type === 'intersect') return Object.fromEntries(forms.flat());
  return Object.fromEntries(
    merged(forms.map((form) => ({ ...options[0]!, entries: Object.fromEntries(form) }))),
  );
}

function rowsOf(keys: Keys, prefix: string): string[] {
  return Object.entries(keys).flatMap(([key, schema]) => rowsOfKey(`${prefix}${key}`, schema));
}

function rowsOfKey(key: string, schema: Told): string[] {
  const inner = unwrapped(schema);
  const absent = schema === inner ? '' : ', or absent';
  const meaning = v.getDescription(inner) ?? '';
  if (inner.type === 'array') {
    const item = unwrapped(inner.item!);
    if (item.entries)
      return [row(key, `list${absent}`, meaning), ...rowsOf(item.entries, `${key}[].`)];
    return [
      row(key, `list of ${kindOf(item)}${absent}`, meaning || (v.getDescription(item) ?? '')),
    ];
  }
  if (inner.entries)
    return [row(key, `object${absent}`, meaning), ...rowsOf(inner.entries, `${key}.`)];
  if (inner.type !== 'variant' && inner.type !== 'union')
    return [row(key, `${kindOf(inner)}${absent}`, meaning)];
  const options = inner.options as readonly Told[];
  const objects = options.filter(({ entries }) => entries);
  const kinds = [...new Set(options.map(kindOf))].join(', or ');
  return [
    row(key, `${kinds}${absent}`, meaning),
    ...merged(objects).flatMap(([name, own]) => rowsOfKey(`${key}.${name}`, own)),
  ];
}

/** The keys of all forms of an object; what not each has may be absent. */
function merged(objects: readonly Told[]): [string, v.GenericSchema][] {
  const names = [...new Set(objects.flatMap(({ entries }) => Object.keys(entries!)))];
  return names.map((name) => {
    const own = objects.flatMap(({ entries }) => entries![name] ?? []);
    const [first] = own;
    const isEverywhere = own.length === objects.length;
    const words = own.flatMap((one) => wordsOf(unwrapped(one)));
    const isWord = words.length > 0 && words.every((one) => typeof one === 'string');
    const schema = isWord ? v.picklist(words) : first!;
    return [name, isEverywhere ? schema : v.optional(schema)];
  });
}

function wordsOf(schema: Told): unknown[] {
  if (schema.type === 'literal') return [schema.literal];
  return schema.type === 'picklist' ? [...schema.options!] : [];
}

function unwrapped(schema: Told): Told {
  return /^(exact_)?optional$/.test(schema.type) ? unwrapped(schema.wrapped!) : schema;
}

/** More words than these are a table of their own elsewhere. */
const MAX_WORDS = 20;

function kindOf(schema: Told): string {
  const words = wordsOf(schema);
  if (words.length > MAX_WORDS) return 'text';
  if (words.length > 0) return words.map((one) => `\`${JSON.stringify(one)}\``).join(', ');
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'number':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'record':
      return `object of ${kindOf(schema.value!)}`;
    default:
      return 'object';
  }
}

function row(key: string, kind: string, meaning: string): string {
  return `| \`${key}\` | ${kind} | ${meaning} |`;
}
