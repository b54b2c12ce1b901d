/** What the whole program says a file waits for, from nobody being logged in to the file being here. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const MIB = 2 ** 20;

t.test('why and peers tell how a file stands', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, new: {}, tracker: {}, to: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'), 0);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const as = (name: string, ...args: string[]) =>
    lines.run({ home: join(folder, name), args, env });
  const must = async (name: string, ...args: string[]): Promise<void> => {
    t.match(await as(name, ...args), { status: 0 }, args.join(' '));
  };
  const film = join(folder, 'film');
  await writeFile(film, randomBytes(12 * MIB));
  for (const name of ['ann', 'ben']) {
    await must(name, 'create-user', name);
    await must(name, 'login', name);
  }
  await must('ann', 'create-group', 'g');
  await must('ben', 'join', 'g');
  t.match(await as('ben', 'why', 'g', 'film'), { status: 3, stderr: /has not answered yet/ });
  await must('ann', 'accept', 'g', 'ben');
  t.match(await as('ben', 'why', 'g', 'film'), { status: 4, stderr: /no file "film"/ });
  await must('ann', 'upload', film, 'g');
  const offline = 'film: nobody who has it is online; ann shared it and has to run p2p serve';
  t.match(await as('ben', 'why', 'g', 'film'), { status: 0, stdout: offline });
  t.match(await as('ann', 'why', 'g', 'film'), { stdout: /and nobody serves it; p2p serve does/ });

  const args = ['serve', '--host', '127.0.0.1', '--up', '1MiB/s'];
  const serve = new P2pProcess(t, { home: join(folder, 'ann'), args, env });
  await serve.printed(/serving 1 file/);
  t.match(await as('ben', 'why', 'g', 'film'), {
    stdout: /^film: nobody downloads it here; 1 dev/,
  });
  const getting = ['download', 'g', 'film', join(folder, 'to'), '--down', '512KiB/s'];
  const download = new P2pProcess(t, { home: join(folder, 'ben'), args: getting, env });
  await download.noted(/[1-9] %/);
  t.match(await as('ben', 'why', 'g', 'film', '--json'), {
    status: 0,
    stdout: /"cause":"(own-limit|peers|silent)","?.*"userId":"ann"/,
  });
  const [user, address, state] = (await as('ben', 'peers', 'g', 'film')).stdout.split('\t');
  t.match(
    { user, address, state },
    // On a busy machine she may have been called and come sooner than she could be dialled.
    { user: 'ann', address: /^\S+:\d+$/, state: 'active' },
  );
  download.child.kill('SIGINT');
  t.match(await download.ended, { status: 130 });
  t.match(await as('ben', 'why', 'g', 'film'), {
    stdout: /stopped, .* kept; p2p resume g film goes on/,
  });
  await must('ben', 'download', 'g', 'film', join(folder, 'to'));
  t.match(await as('ben', 'why', 'g', 'film'), { stdout: /^film: it is complete, at .*to\/film$/ });
  t.match(await as('new', 'why', 'g', 'film'), { status: 3, stderr: /nobody is logged in/ });
});
