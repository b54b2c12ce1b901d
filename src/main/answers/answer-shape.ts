/** The shape of an answer, and whether a line is one. */
import * as v from 'valibot';
import { failure } from './parts.js';

/** The keys of an answer, besides `version` and `error`. */
export type Keys = Readonly<Record<string, v.GenericSchema>>;

/** What a command answers. */
export interface AnswerShape {
  /** One of these, by what the command was asked to do. */
  readonly results: readonly [Keys, ...Keys[]];
  /** Of each a value, for people who read the page. */
  readonly examples: readonly [object, ...object[]];
  /** It prints lines of another kind, or more than one answer. */
  readonly remark?: string;
}

const version = v.literal(1);

/** The whole line of a command that went well. */
export function successSchema(keys: Keys) {
  return v.strictObject({ version, ...keys });
}

/** The whole line of one that failed: what it had by then may be there. */
export function failureSchema(keys: Keys) {
  return v.strictObject({ version, ...v.partial(v.strictObject(keys)).entries, error: failure });
}

/** What is wrong with a line as the answer of a command; nothing, if it is one. */
export function flawsOfAnswer(shape: AnswerShape, line: unknown, hasFailed: boolean): string[] {
  const flaws = shape.results.map((keys) => {
    const schema = hasFailed ? failureSchema(keys) : successSchema(keys);
    const { issues = [] } = v.safeParse(schema, line);
    return issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  });
  return flaws.find((some) => some.length === 0) ?? flaws[0] ?? [];
}
