/** The answers of all commands as a page for people, made of the schemas. Pure. */
import type { AnswerShape } from './answer-shape.js';
import { table } from './key-table.js';
import { failure } from './parts.js';

export interface AnswerPageParts {
  readonly head: string;
  /** The chapter about what comes before an answer. */
  readonly events: string;
  /** Chapters of commands, as help has them. */
  readonly chapters: readonly (readonly [title: string, verbs: readonly string[]])[];
  readonly answers: Readonly<Record<string, AnswerShape>>;
  readonly lineOf: (value: object) => string;
}

/** The whole page. */
export function answerPage({ head, events, chapters, answers, lineOf }: AnswerPageParts): string {
  const errorKeys = table({ error: failure });
  const commands = chapters.flatMap(([title, verbs]) => [
    `## ${title}`,
    ...verbs.flatMap((verb) => commandPart(verb, answers[verb]!, lineOf)),
  ]);
  return `${[head.replace('ERROR_TABLE', errorKeys), events, ...commands].join('\n\n')}\n`;
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
