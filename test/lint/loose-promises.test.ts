/** The rules that keep a rejection from ending the process, applied to texts in place of files. */
import { ESLint } from 'eslint';
import t from 'tap';

const eslint = new ESLint();
const header = '/** A file. */\n';

/** The messages of a rule about a text that stands where `file` does. */
async function messages(file: string, text: string, rule = 'no-loose-promise'): Promise<string[]> {
  const [result] = await eslint.lintText(header + text, { filePath: file });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === `project/${rule}`)
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
  'src/main/gateway/gateway-server.ts',
  'src/main/web/web-server.ts',
  'src/main/lan/lan.ts',
  'src/main/router/port-mapping.ts',
  'src/net/relay/relay.ts',
  'src/workers/dialling/meet-peer.ts',
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

const signature = 'export async function go(work: () => Promise<void>): Promise<void> {';
const unheard = [
  'const done = work(); await work(); await done;',
  'const done = work(); await work().finally(() => done); await done;',
  'const done = work(); for await (const one of [work]) one; await done;',
  'const done = work().finally(() => 1); await work(); await Promise.all([done]);',
];
const heard = [
  'const done = work(); await done;',
  'const done = work(); await Promise.all([done, work()]);',
  'const done = work(); done.catch(() => 1); await work(); await done;',
  'const first = work(); const all = [first]; await Promise.all(all);',
  'let last = Promise.resolve(); await work(); last = work(); await last;',
  'const done = work(); const later = async () => { await work(); }; await Promise.all([done, later()]);',
];

void t.test('a promise that waits unheard while another is awaited is refused', async (t) => {
  for (const body of unheard) {
    const told = await messages(
      'src/tracker/log.ts',
      `${signature} ${body} }`,
      'no-unheard-promise',
    );
    t.match(told, [/leaveToWaiters/], body);
  }
  for (const body of heard)
    t.same(
      await messages('src/tracker/log.ts', `${signature} ${body} }`, 'no-unheard-promise'),
      [],
      body,
    );
});
