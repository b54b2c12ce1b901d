/** How much commands say: nothing but errors and answers, or every step. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';

const lines = new LineRunner(t);

/** Ann and ben in one group, in which ann has shared a film. */
async function scene(t: Test) {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a password' };
  const home = (name: string): string => join(folder, name);
  const as = (name: string) => {
    return (...args: string[]) => lines.run({ home: home(name), args, env });
  };
  const film = sampleBytes(3_000_000);
  writeFileSync(join(home('ann'), 'film'), film);
  return { ann: as('ann'), ben: as('ben'), home, env, film };
}

t.test('with -q a command prints what was asked for, and errors', async (t) => {
  const { ann, ben, home, env, film } = await scene(t);
  const nothing = { status: 0, stdout: '', stderr: '' };
  for (const [user, run] of [['ann', ann] as const, ['ben', ben] as const]) {
    t.match(await run('create-user', user, '-q'), nothing);
    t.match(await run('login', user, '-q'), nothing);
  }
  t.match(await ann('create-group', 'g', '-q'), nothing);
  t.match(await ben('join', 'g', '--quiet'), nothing);
  t.match(await ann('accept', 'g', 'ben', '-q'), nothing);
  t.match(await ann('upload', '-q', 'film', 'g'), nothing);
  t.match(await ben('files', 'g', '-q'), { ...nothing, stdout: 'film\t3000000\t0\tann' });
  const words = { home: home('ann'), args: ['serve', '-q', '--host', '127.0.0.1'], env };
  const serve = new P2pProcess(t, words);
  while (!(await ben('files', 'g', '-q')).stdout.includes('\t1\tann'));
  t.match(await ben('download', 'g', 'film', '-q'), nothing);
  t.ok(film.equals(readFileSync(join(home('ben'), 'film'))));
  t.match(await ben('download', 'g', 'film', 'nowhere', 'film', '-q'), {
    status: 7,
    stdout: '',
    stderr: /^error: [^\n]+$/,
  });
  t.match(await ben('download', 'g', 'films', '-q'), { status: 4, stderr: /^error: [^\n]+$/ });
  t.match(await serve.kill('SIGINT'), nothing);
});

t.test('with -v it says what it does, one line each', async (t) => {
  const { ann, ben, home, env } = await scene(t);
  for (const [user, run] of [['ann', ann] as const, ['ben', ben] as const]) {
    t.match(await run('create-user', user), { status: 0 });
    t.match(await run('login', user), { status: 0 });
  }
  await ann('create-group', 'g');
  await ben('join', 'g');
  await ann('accept', 'g', 'ben');
  t.match(await ann('upload', '-v', 'film', 'g'), {
    stdout: /^sharing film/,
    stderr: /^connected to the tracker at 127\.0\.0\.1:\d+$[^]*^film is shared in g$/m,
  });
  const words = { home: home('ann'), args: ['serve', '-v', '--host', '127.0.0.1'], env };
  const serve = new P2pProcess(t, words);
  await serve.printed(/^serving 1 file/);
  const got = await ben('download', 'g', 'film', '-v', '--no-lan');
  t.equal(got.status, 0);
  t.match(got.stderr, /^connected to the tracker at /m);
  t.match(got.stderr, /^downloading film \(2\.86 MiB\)$/m);
  t.match(got.stderr, /^film: ann at 127\.0\.0\.1:\d+ is connected$/m);
  t.match(got.stderr, /^film: done, 2\.86 MiB$/m);
  t.match(await serve.noted(/ takes film /), /^ben at 127\.0\.0\.1:\d+ takes film \(2\.86 MiB\)$/);
  // Of several connections one may have sent nothing.
  t.match(await serve.noted(/ has let go film: \d.* [KM]iB sent$/), /^ben at /);
  t.match(await serve.kill('SIGINT'), { status: 0 });
});
