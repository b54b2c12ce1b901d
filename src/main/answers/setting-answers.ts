/** What the command about settings answers. */
import * as v from 'valibot';
import type { AnswerShape } from './answer-shape.js';
import { count, path, text, yesNo } from './parts.js';

const key = text('`TABLE.NAME`');
const value = v.union([v.string(), v.boolean(), v.array(v.string())]);
const origin = v.variant('kind', [
  v.strictObject({ kind: v.literal('variable'), variable: text('of the environment') }),
  v.strictObject({ kind: v.literal('file'), path, line: count('from 1') }),
]);

const PORT = {
  ...{ key: 'serve.port', value: '7001' },
  origin: { kind: 'file', path: '/srv/ann/.local/share/p2p/config.toml', line: 4 },
};

export const settingAnswers = {
  config: {
    results: [
      { settings: v.array(v.strictObject({ key, value, origin })) },
      { key, value, origin },
      { key },
      { key, value, path },
      { key, wasSet: yesNo('it stood there'), path },
    ],
    examples: [
      { settings: [PORT] },
      PORT,
      { key: 'serve.port' },
      { key: 'serve.port', value: '7001', path: '/srv/ann/.local/share/p2p/config.toml' },
      { key: 'serve.port', wasSet: true, path: '/srv/ann/.local/share/p2p/config.toml' },
    ],
    remark:
      'Of `list`, of `get` (of what is set, and of what is not), of `set` and of `unset`. A number is a text here, and a switch true or false.',
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
