/** The answers of all commands as a page for people, made of the schemas. Pure. */
import * as v from 'valibot';
import type { AnswerShape, Keys } from './answer-shape.js';
import { failure } from './parts.js';

/** What of a schema is told. */
type Told = v.GenericSchema & {
  readonly entries?: Keys;
  readonly item?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly options?: readonly (v.GenericSchema | string)[];
  readonly literal?: unknown;
};

export interface AnswerPageParts {
  readonly head: string;
  /** Chapters of commands, as help has them. */
  readonly chapters: readonly (readonly [title: string, verbs: readonly string[]])[];
  readonly answers: Readonly<Record<string, AnswerShape>>;
  readonly lineOf: (value: object) => string;
}

/** The whole page. */
export function answerPage({ head, chapters, answers, lineOf }: AnswerPageParts): string {
  const errorKeys = table({ error: failure });
  const commands = chapters.flatMap(([title, verbs]) => [
    `## ${title}`,
    ...verbs.flatMap((verb) => commandPart(verb, answers[verb]!, lineOf)),
  ]);
  return `${[head.replace('ERROR_TABLE', errorKeys), ...commands].join('\n\n')}\n`;
}

function commandPart(
  verb: string,
  { results, examples, remark }: AnswerShape,
  lineOf: AnswerPageParts['lineOf'],
): string[] {
  return [
    `### \`p2p ${verb}\``,
    ...(remark === undefined ? [] : [remark]),
    ...results.flatMap((keys, index) => [
      ...(Object.keys(keys).length === 0 ? [] : [table(keys)]),
      ['```json', lineOf(examples[index]!), '```'].join('\n'),
    ]),
  ];
}

function table(keys: Keys): string {
  const rows = rowsOf(keys, '');
  return ['| key | value | |', '| --- | --- | --- |', ...rows].join('\n');
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
  return schema.type === 'optional' ? unwrapped(schema.wrapped!) : schema;
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
