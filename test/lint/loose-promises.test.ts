/** The rule that keeps a rejection from ending the process, applied to texts in place of files. */
import { ESLint } from 'eslint';
import t from 'tap';

const eslint = new ESLint();
const header = '/** A file. */\n';

/** The messages of the rule about a text that stands where `file` does. */
async function messages(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(header + text, { filePath: file });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === 'project/no-loose-promise')
    .map(({ message }) => message);
}

const loose = [
  'export const go = (work: () => Promise<void>): void => void work();',
  'export const go = (work: Promise<number> | undefined): void => void work;',
  'export const go = (work: Promise<void>): void => void work.then(() => 1);',
];

/** A file of each folder. */
const files = [
  'src/net/display.ts',
  'src/tracker/log.ts',
  'src/main/downloads/downloads.ts',
  'src/main/engine/engine.ts',
  'src/workers/transfer-task.ts',
  'src/launch/program.ts',
  'src/program.ts',
];

for (const text of loose) {
  void t.test(`refused: ${text}`, async (t) => {
    for (const file of files) {
      t.match(await messages(file, text), [/detach/], file);
    }
  });
}

void t.test('what is no promise may be let go, and a promise by the wrappers', async (t) => {
  const list = 'export const go = (list: number[]): void => void list.push(1);';
  t.same(await messages('src/tracker/log.ts', list), []);
  const wrapper = 'export function detach(work: () => Promise<void>): void { void work(); }';
  t.same(await messages('src/net/detach.ts', wrapper), []);
  const other = 'export function leaveToWaiters(work: Promise<void>): void { void work; }';
  t.same(await messages('src/net/deferred.ts', other), []);
  t.match(await messages('src/net/detach.ts', other), [/detach/], 'each in its own file');
  t.match(await messages('src/net/display.ts', wrapper), [/detach/], 'the name alone is not it');
});
