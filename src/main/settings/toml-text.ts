/**
 * A file of settings as text: what stands where in it. The only importer of the parser, which was chosen
 * because it tells the place of everything: mistakes are told with their line, and a change leaves all else,
 * comments too, as it was. Pure.
 */
import { ParseError, parseTOML, type AST } from 'toml-eslint-parser';
import { UsageError } from '../../net/errors.js';

/** From the first character to behind the last. */
export type Span = readonly [from: number, to: number];

export type TomlValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'integer'; readonly text: string }
  | { readonly kind: 'boolean'; readonly isTrue: boolean }
  | { readonly kind: 'list'; readonly items: readonly TomlValue[] }
  | { readonly kind: 'other' };

export interface TomlEntry {
  /** With the table in which it stands. */
  readonly path: readonly string[];
  readonly value: TomlValue;
  /** From 1. */
  readonly line: number;
  /** `serve.port = 1` outside of every table, `port = 1` below a heading, or one of `{…}`. */
  readonly form: 'top' | 'table' | 'inline';
  readonly whole: Span;
  readonly valueSpan: Span;
}

export interface TomlTable {
  readonly path: readonly string[];
  readonly line: number;
  /** `[[…]]`: one of several of that name. */
  readonly isOneOfMany: boolean;
  readonly whole: Span;
}

export interface TomlFile {
  readonly entries: readonly TomlEntry[];
  readonly tables: readonly TomlTable[];
}

/** @throws UsageError which says in which line the text is no TOML; `shownPath` begins it */
export function parseToml(text: string, shownPath: string): TomlFile {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { lineNumber, message } = error;
    throw new UsageError(
      `${shownPath}:${lineNumber}: this is no TOML: ${message}; mend that line, or move the file away`,
    );
  }
  const entries: TomlEntry[] = [];
  const tables: TomlTable[] = [];
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      entries.push(...entriesOf(node, [], 'top'));
      continue;
    }
    const path = namesOf(node.key);
    const isOneOfMany = node.kind === 'array';
    tables.push({ path, line: node.loc.start.line, isOneOfMany, whole: node.range });
    for (const inner of node.body) entries.push(...entriesOf(inner, path, 'table'));
  }
  return { entries, tables };
}

function entriesOf(
  { key, value, loc, range }: AST.TOMLKeyValue,
  above: readonly string[],
  form: TomlEntry['form'],
): TomlEntry[] {
  const path = [...above, ...namesOf(key)];
  if (value.type === 'TOMLInlineTable') {
    return value.body.flatMap((inner) => entriesOf(inner, path, 'inline'));
  }
  const where = { line: loc.start.line, whole: range, valueSpan: value.range };
  return [{ path, value: valueOf(value), form, ...where }];
}

function namesOf({ keys }: AST.TOMLKey): string[] {
  return keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
}

function valueOf(node: AST.TOMLContentNode): TomlValue {
  if (node.type === 'TOMLArray') return { kind: 'list', items: node.elements.map(valueOf) };
  if (node.type === 'TOMLInlineTable') return { kind: 'other' };
  switch (node.kind) {
    case 'string':
      return { kind: 'text', text: node.value };
    case 'integer':
      return { kind: 'integer', text: node.bigint.toString() };
    case 'boolean':
      return { kind: 'boolean', isTrue: node.value };
    default:
      return { kind: 'other' };
  }
}
