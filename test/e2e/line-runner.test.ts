/** Lines that share a process print and end as those of a process each, and none finds anything of another. */
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { runP2p } from './p2p-process.js';

const LINES: readonly (readonly string[])[] = [
  ['--version'],
  ['nosuch'],
  ['files', '--nope'],
  ['groups'],
  ['config', 'list', '--json'],
  ['verify'],
];

t.test('lines of one process are as those of many', async (t) => {
  const folder = testFolder(t, { apart: {}, together: {} });
  const { run } = new LineRunner(t);
  for (const args of LINES) {
    const together = await run({ home: join(folder, 'together'), args });
    const apart = await runP2p(t, { home: join(folder, 'apart'), args });
    t.same(together, apart, args.join(' '));
  }
});

t.test('a line has a home, variables and input of its own', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {} });
  const { run } = new LineRunner(t);
  const [ann, ben] = [join(folder, 'ann'), join(folder, 'ben')];
  const P2P_TRACKER = '127.0.0.1:1';
  const args = ['login', 'ann'];
  const refused = { status: 5, stderr: /cannot reach the tracker at 127\.0\.0\.1:1\b/ };
  t.match(await run({ home: ann, args, env: { P2P_TRACKER, P2P_PASSWORD: 'a' } }), refused);
  const none = await run({ home: ann, args });
  t.match(none, { status: 2, stderr: /^error: / });
  t.notMatch(none.stderr, P2P_TRACKER);
  const typed = { home: ann, args: [...args, '--password-stdin'], env: { P2P_TRACKER } };
  t.match(await run({ ...typed, input: 'a\n' }), refused);
  t.match(await run(typed), { status: 2 });
  const get = ['config', 'get', 'serve.port', '--json'];
  t.match(await run({ home: ann, args: ['config', 'set', 'serve.port', '7002'] }), { status: 0 });
  t.match(await run({ home: ann, args: get }), { stdout: /7002/ });
  t.notMatch(await run({ home: ben, args: get }), { stdout: /7002/ });
});

t.test('what a line cannot be given is told, and the next one is carried out', async (t) => {
  const home = testFolder(t, {});
  const { run } = new LineRunner(t);
  const nowhere = await run({ home: join(home, 'nowhere'), args: ['--version'] });
  t.not(nowhere.status, 0);
  t.match(nowhere.stderr, /ENOENT/);
  t.match(await run({ home, args: ['--version'] }), { status: 0 });
});
