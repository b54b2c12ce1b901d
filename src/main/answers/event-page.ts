/** The part of docs/json.md about events, made of their schemas. Pure. */
import type { Keys } from './answer-shape.js';
import {
  clientEventShapes,
  commandEventShapes,
  commonKeys,
  workEventShapes,
} from './event-shapes.js';
import { table } from './key-table.js';

const HEAD = `## Events

\`--events\` of \`get\`, \`download\`, \`sync\`, \`upload\`, \`resume\`, \`verify\`, \`share\`, \`serve\` and \`join\` prints, while the
command works, one object on a line of standard output for each thing that happens, and nothing else; the last line is
\`result\`, whatever becomes of the command. \`p2p events\` prints all that happens in a running client. Names and sizes
are exact, numbers are whole. A \`progress\` comes at most twice a second for each file, and whenever its state has
changed. Ignore events and keys that you do not know: more of them do not raise \`v\`.

Each has these keys:`;

export function eventPart(example: string): string {
  const chapters: readonly (readonly [string, Readonly<Record<string, Keys>>])[] = [
    ['Of the command', commandEventShapes],
    ['Of a transfer', workEventShapes],
    ['Of a client', clientEventShapes],
  ];
  return [
    HEAD,
    table(commonKeys),
    ['```json', example, '```'].join('\n'),
    ...chapters.flatMap(([title, shapes]) => [
      `### ${title}`,
      ...Object.entries(shapes).flatMap(([name, keys]) => [
        `\`${name}\``,
        ...(Object.keys(keys).length === 0 ? [] : [table(keys)]),
      ]),
    ]),
  ].join('\n\n');
}
