/** What a member sees of the history of a group, and finds in all groups, with the whole program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { LineRunner } from './line-runner.js';
import { startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const program = new LineRunner(t);

t.test('who did what is shown, and what was changed of it is found', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const trackerHome = join(folder, 'tracker');
  const { tracker, port } = await startTracker(t, trackerHome, 0);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const ann = (...args: string[]) => program.run({ home: join(folder, 'ann'), args, env });
  for (const words of [
    ['create-user', 'ann'],
    ['login', 'ann'],
    ['create-group', 'films'],
  ]) {
    t.match(await ann(...words), { status: 0 }, words.join(' '));
  }
  const film = join(folder, 'Été.mkv');
  writeFileSync(film, 'a film');
  t.match(await ann('upload', film, 'films'), { status: 0 });

  const lines = [/^1 {2}\S+Z {2}ann made the group$/, /^2 {2}\S+Z {2}ann shared Été\.mkv$/];
  const shown = await ann('history', 'films', '--since', '1h');
  t.match(shown.stdout.split('\n'), lines);
  t.match(await ann('history', 'films', '--action', 'kick'), { status: 0, stdout: '' });
  t.match(await ann('history', 'films', '--action', 'kicks'), {
    status: 2,
    stderr: /^error: nothing in a history is called "kicks"; choose create, accept, /,
  });
  const exported = (await ann('history', 'films', '--jsonl')).stdout.split('\n');
  t.match(
    exported.map((line) => JSON.parse(line) as unknown),
    [
      { seq: 1, actor: 'ann', action: 'create', subjects: [], hash: /^[0-9a-f]{64}$/ },
      { seq: 2, actor: 'ann', action: 'share', subjects: ['Été.mkv'] },
    ],
  );
  const whole = await ann('history', 'films', '--verify');
  t.match(whole, { status: 0, stdout: /^the history is whole: 2 entries/ });
  t.match(await ann('history', 'films', '--verify', '--user', 'ann'), { status: 2 });

  t.match(await ann('search', 'ete', '--type', 'MKV'), {
    status: 0,
    stdout: /^films\tÉté\.mkv\t6\t/,
  });
  const found = JSON.parse((await ann('search', 'été', 'mkv', '--json')).stdout) as unknown;
  const files = [{ groupId: 'films', fileName: 'Été.mkv', size: 6, sharer: 'ann' }];
  t.match(found, { files, isComplete: true });
  t.match(await ann('search', 'ete', '--max-size', '5'), { status: 0, stdout: '' });
  t.match(await ann('search', 'ete', '--group', 'nowhere'), {
    status: 4,
    stderr: 'error: no group "nowhere"; p2p groups lists them',
  });
  t.match(await ann('search', 'x'.repeat(300)), { status: 2 });

  // Who has the machine may write to the database; what a tracker that runs looks at is what it has written.
  await tracker.kill('SIGTERM');
  const database = await openEmbeddedDatabase(join(trackerHome, 'tracker', 'tracker.db'));
  database.exec("UPDATE history SET actor = 'ben' WHERE seq = 2");
  database.close();
  await startTracker(t, trackerHome, port);
  const broken = await ann('history', 'films', '--verify');
  t.match(broken, {
    status: 6,
    stdout: '',
    stderr: /^error: the history of films was changed: entry 2 is not what was written/,
  });
  const { stdout } = await ann('history', 'films', '--verify', '--json');
  t.match(JSON.parse(stdout), { state: 'broken', flaw: 'altered', seq: 2, earlier: { count: 2 } });
});
