/** The interactive client on a pipe, with an engine from memory. */
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { main } from '../../../src/main/main.js';
import { FakeEngine } from '../fake-engine.js';
import { TextStream } from '../text-stream.js';
import { testFolder } from '../../fixtures/test-folder.js';

async function runShell(t: Test, lines: string[], options: string[] = []) {
  const stdin = new PassThrough();
  const stdout = new TextStream();
  const stderr = new TextStream();
  const env = { P2P_HOME: testFolder(t, {}) };
  stdin.end(lines.join('\n'));
  let engine: FakeEngine | undefined;
  const status = await main(
    ['client', '127.0.0.1', '0', '127.0.0.1', '8000', ...options],
    {
      openEngine: (options) => Promise.resolve((engine = new FakeEngine(options))),
      runTracker: () => Promise.resolve(1),
      trackerUpkeep: () => Promise.reject(new Error('not here')),
    },
    { stdin, stdout, stderr, env, cwd: '/tmp' },
  );
  return { status, stdout: stdout.text, stderr: stderr.text, calls: engine?.calls };
}

t.test('commands run in order, and a failing one is one line on standard output', async (t) => {
  const { status, stdout } = await runShell(t, [
    'whoami',
    '',
    'login bob wrong',
    'login bob "pass word"',
    'whoami',
    'requests list_requests g1',
    'nonsense',
    'create_group bug',
    'list_groups',
  ]);
  t.equal(status, 0);
  t.same(stdout.split('\n'), [
    'alice',
    'error: wrong user id or password; check both',
    'logged in as bob; sharing 1 file again',
    'bob',
    'bob',
    '0123',
    'error: unknown command "nonsense"; "help" lists all commands',
    'error: internal error: bug: the fake was asked for a bug (run again with --debug to see where)',
    'g1',
    'g2',
    'evil\\u{7}name',
    '',
  ]);
});

t.test('told to stop on an error it leaves with the status of the first one', async (t) => {
  const table: readonly [line: string, status: number][] = [
    ['login bob wrong', 3],
    ['nonsense', 2],
    ['download_file nowhere film .', 4],
    ['create_group bug', 1],
  ];
  for (const [line, status] of table) {
    const ended = await runShell(t, ['whoami', line, 'list_groups'], ['--stop-on-error']);
    t.equal(ended.status, status, line);
    t.match(ended.stdout, /^alice\nerror: [^\n]*\n$/);
  }
  t.equal((await runShell(t, ['whoami'], ['--stop-on-error'])).status, 0);
});

t.test('its questions are answered as the client was told to', async (t) => {
  const lines = ['download_file g1 endless .', 'leave_group g1', 'cancel_download g1 *'];
  const unasked = await runShell(t, lines);
  t.match(unasked.stdout, /^left g1/m, 'a script goes on');
  t.match(unasked.stdout, /^error: .*nobody can be asked here; say --yes/m);
  t.match((await runShell(t, lines, ['--yes'])).stdout, /^left g1[^\n]*\ncancelled /m);
  const refused = await runShell(t, lines, ['--no-input']);
  t.match(
    refused.stdout,
    /^error: .*Leave it\? Nothing is asked with --no-input; --yes says yes$/m,
  );
  t.notMatch(refused.stdout, /^left|^cancelled/m);
});

t.test('downloads go on behind the prompt, and leaving ends them', async (t) => {
  const { status, stdout, stderr } = await runShell(t, [
    'download_file g1 endless .',
    'download_file g1 "a b" .',
    'show_downloads',
    'quit',
    'whoami',
  ]);
  t.equal(status, 0);
  t.same(stdout.split('\n'), [
    'downloading [g1] endless',
    'downloading [g1] a b',
    '[D] [g1] endless',
    '[C] [g1] a b',
    '',
  ]);
  t.match(stderr, /^downloaded a b to \/tmp: /m);
});

t.test(
  'a destination that is left out is the present folder; clear says nothing in a pipe',
  async (t) => {
    const { stdout, stderr } = await runShell(t, ['download_file g1 film', 'clear', 'quit']);
    t.equal(stdout, 'downloading [g1] film\n');
    t.match(stderr, /^downloaded film to \/tmp: /m);
  },
);

t.test('the paths of arguments start in the working folder', async (t) => {
  const { calls } = await runShell(t, ['upload_file x/y g1 --as "n m"', 'upload_file /abs g1']);
  t.same(calls, ['upload /tmp/x/y', 'upload /abs']);
});

t.test('help lists the commands with their arguments', async (t) => {
  const { stdout } = await runShell(t, ['help']);
  t.match(stdout, /^download_file <group> <file> \[destination\]$/m);
  t.match(stdout, /^quit /m);
  t.notMatch(stdout, /^serve/m);
  for (const line of stdout.split('\n')) t.ok(line.length < 80, line);
});

t.test('one command is explained with its options, however it is asked', async (t) => {
  for (const line of [
    'help download',
    'help download_file',
    'download_file --help',
    'download -h',
  ]) {
    const { stdout } = await runShell(t, [line]);
    const usage =
      /^download_file <group> <file> \[destination\] \[--only PATTERN\] \[--overwrite\]/m;
    t.match(stdout, usage, line);
    t.match(stdout, /^ {2}--timeout TIME +give up/m, line);
    t.notMatch(stdout, /--threads/, 'not here');
    t.match(stdout, /^also: download$/m, line);
  }
  const { stdout } = await runShell(t, ['help serve', 'help downlod_file', 'help --help']);
  t.match(stdout, /unknown command "serve"/);
  t.match(stdout, /did you mean "download_file"/);
  t.match(stdout, /^help COMMAND explains one/m);
});
