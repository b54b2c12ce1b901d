/** The manual: everything that the table has, in roff that obeys nothing of a text. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { readCommandLine } from '../../../src/main/cli/cli.js';
import { commandsOf, oneShotOptionsOf } from '../../../src/main/cli/command-table.js';

async function page(): Promise<string> {
  const line = await readCommandLine(['help', '--man']);
  return line.kind === 'text' ? line.text : '';
}

t.test('every command of the table is in it, with its options', async (t) => {
  const text = (await page()).replaceAll('\\-', '-');
  for (const command of commandsOf('one-shot')) {
    // No further letter: `up` is no `upload`.
    const from = text.search(new RegExp(`\\\\fBp2p ${command.verb}(?![a-z-])`));
    t.ok(from >= 0, command.verb);
    const own = text.slice(from, text.indexOf('\n.RE', from));
    for (const { name, summary } of oneShotOptionsOf(command)) {
      t.ok(own.includes(`\\fB--${name}\\fR`), `${command.verb} --${name}`);
      t.ok(summary.length > 0);
    }
  }
});

t.test('no line of a text is taken for a request, and no dash for a hyphen', async (t) => {
  const known = /^\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|nh|ad|B|I)( |$)/;
  for (const line of (await page()).split('\n')) {
    if (line.startsWith('.')) t.match(line, known);
    t.notOk(line.startsWith("'"), line);
    if (!line.startsWith('.TH')) t.notMatch(line, /(?<!\\)-/, line);
  }
});

t.test('a formatter has nothing to say about it', async (t) => {
  const input = await page();
  const formatter = 'groff';
  const { error, stderr } = spawnSync(formatter, ['-man', '-ww', '-Tutf8'], { input });
  if (error) return t.comment('left out: no groff on this machine');
  t.equal(String(stderr), '');
});
