/** What an operator types on the machine of a tracker that runs, with the whole program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

t.test('an operator looks, disables, enables and resets', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {} });
  const data = join(folder, 'data');
  const { port, tracker } = await startTracker(t, join(folder, 'tracker'), 0, ['--data', data]);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const as = (home: string, ...args: string[]) =>
    lines.run({ home: join(folder, home), args, env });
  const admin = (...args: string[]) =>
    lines.run({ home: folder, args: ['tracker', 'admin', ...args, '--data', data] });
  for (const user of ['ann', 'ben']) {
    for (const verb of ['create-user', 'login']) await as(user, verb, user);
  }
  await as('ann', 'create-group', 'lab');
  const listed = (await admin('users', '--json')).stdout;
  const users = [
    { userId: 'ann', hasPassword: true, groups: 1 },
    { userId: 'ben', hasPassword: true, groups: 0 },
  ];
  t.match(JSON.parse(listed), { users });
  t.match(await admin('users', 'b*'), { status: 0, stdout: /^ben\tenabled\t0\t0\t0\t-\t\S+$/ });
  t.match(await admin('groups'), { stdout: /^lab\tann\t1\t0\t0\t-\t\S+$/ });

  const serving = new P2pProcess(t, { home: join(folder, 'ben'), args: ['serve'], env });
  await serving.printed(/^serving /);
  t.match(await admin('disable', 'ben', '--reason', 'too loud'), { status: 0 });
  const told = /has disabled the account ben: too loud$/;
  t.match(await serving.ended, { status: 3, stderr: told });
  t.match(await as('ben', 'login', 'ben'), { status: 3, stderr: told });
  t.match(await admin('enable', 'ben'), { status: 0, stdout: /^enabled ben/ });
  t.match(await as('ben', 'login', 'ben'), { status: 0 });
  const { stdout: password } = await admin('reset-password', 'ben');
  t.match(await as('ben', 'login', 'ben'), { status: 3 });
  const changed = { ...env, P2P_PASSWORD: password };
  const login = { home: join(folder, 'ben'), args: ['login', 'ben'], env: changed };
  t.match(await lines.run(login), { status: 0 });

  t.match(await admin('quota', '--all-users', '--files', '1'), { stdout: 'every user: 1 file' });
  t.match(await admin('quota', '--group', 'lab', '--members', '2'), { status: 0 });
  const quotas = (await admin('quota')).stdout;
  t.equal(quotas, 'every user\t1 file\ngroup lab\t2 members');
  t.match(
    (await as('ann', 'status')).stdout,
    /^quota: 0 of 1 files\nquota of lab: 1 of 2 members$/m,
  );
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), name);
  t.match(await as('ann', 'upload', join(folder, 'a'), 'lab'), { status: 0 });
  t.match(await as('ann', 'upload', join(folder, 'b'), 'lab'), { status: 1, stderr: /your quota/ });
  t.match(await admin('quota', '--user', 'ann', '--files', 'none'), { status: 0 });
  t.match(await as('ann', 'upload', join(folder, 'b'), 'lab'), { status: 0 });
  for (const words of [
    ['--files', '1'],
    ['ann'],
    ['ann', '--files', '1'],
    ['--user', 'ann'],
    ['--user', 'ann', '--group', 'lab', '--files', '1'],
    ['--user', 'ann', '--members', '1'],
    ['--group', 'lab', '--members', '0'],
  ]) {
    t.match(await admin('quota', ...words), { status: 2 }, words.join(' '));
  }

  t.match(await admin('quota', 'ann'), { stderr: /say --user ann or --group ann/ });
  t.match(await admin('disabel', 'ben'), { status: 2, stderr: /did you mean disable\?/ });
  t.match(await admin('owner', 'ben'), { status: 2, stderr: /of which group/ });
  t.match(await admin('owner', 'ben', '--group', 'lab'), { status: 4, stderr: /not a member/ });
  t.match(await admin('owner', 'ann', '--group', 'lab'), { stdout: 'ann was an owner of lab' });
  t.match(await admin('disable'), { status: 2, stderr: /<name> is missing/ });
  t.match(await admin('users', '--reason', 'x'), { status: 2, stderr: /belongs to disable/ });
  t.match(await admin('disable', 'nobody'), { status: 4 });
  await tracker.kill('SIGKILL');
  t.match(await admin('users'), {
    status: 5,
    stderr: /^error: no tracker runs on the data folder/,
  });
  await startTracker(t, join(folder, 'tracker'), 0, ['--data', data]);
  t.match(await admin('users', 'ann'), { status: 0, stdout: /^ann\t/ });
});
