/** Who may make an account at a tracker of the whole program, and how its operator lets them in. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, startTracker, type Ended, type Setup } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const PASSWORD = 'a pass word';

t.test('an operator makes invites beside a running tracker', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const [home, data] = [join(folder, 'ann'), join(folder, 'tracker', 'tracker')];
  const { port } = await startTracker(t, join(folder, 'tracker'), 0, ['--registration', 'invite']);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: PASSWORD };
  const make = (userId: string, more: Partial<Setup> = {}): Promise<Ended> =>
    lines.run({ home, args: ['create-user', userId], env, ...more });
  const refused = /^error: this tracker takes new accounts by invite, /m;
  t.match(await make('ann'), { status: 3, stderr: refused });

  const words = ['--data', data, '--uses', '2', '--for', '1d'];
  const made = await lines.run({ home, args: ['tracker-invite', ...words] });
  t.match(made, { status: 0, stdout: /^[\w-]{20}$/, stderr: NOTHING_SAID });
  const code = made.stdout;
  const invites = join(data, 'invites');
  const [file = ''] = readdirSync(invites);
  t.equal(statSync(invites).mode & 0o777, 0o700);
  t.equal(statSync(join(invites, file)).mode & 0o777, 0o600);
  t.notMatch(
    file + readFileSync(join(invites, file), 'utf8'),
    code,
    'the code itself is kept nowhere',
  );

  t.match(await make('ann', { env: { ...env, P2P_INVITE: code } }), { status: 0 });
  const args = ['create-user', 'ben', '--invite-stdin', '--password-stdin'];
  t.match(await make('ben', { args, input: `${PASSWORD}\n${code}\n` }), { status: 0 });
  t.match(await make('cleo', { env: { ...env, P2P_INVITE: code } }), {
    status: 3,
    stderr: refused,
  });
  t.match(await lines.run({ home, args: ['login', 'ben'], env }), { status: 0 });
  for (const [wrong, line] of [
    [['--uses', '0'], /^error: .* number of accounts/],
    [['--for', '400d'], /^error: "400d" is out of bounds/],
    [['--data', join(folder, 'nowhere')], /^error: making an invite in the tracker's data folder/],
  ] as const) {
    const ended = await lines.run({ home, args: ['tracker-invite', '--data', data, ...wrong] });
    t.match(ended.stderr, line);
    t.not(ended.status, 0);
  }
});

t.test('a closed tracker says so', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'), 0, ['--registration', 'closed']);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: PASSWORD };
  const home = join(folder, 'ann');
  t.match(await lines.run({ home, args: ['create-user', 'ann'], env }), {
    status: 3,
    stderr: 'error: this tracker takes no new accounts; ask whoever runs it',
  });
  const args = ['tracker', '127.0.0.1', '0', '--registration', 'sometimes'];
  t.match(await lines.run({ home, args }), { status: 2, stderr: /open, invite or closed/ });
});

void t.test(
  'root follows no link that the user of the tracker has put there',
  { skip: process.getuid?.() === 0 ? false : 'acts as two users' },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'p2p-invite-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o755);
    const [home, data, victim] = [
      join(folder, 'home'),
      join(folder, 'data'),
      join(folder, 'of-root'),
    ];
    const service = 54_321;
    for (const made of [home, data, victim]) await mkdir(made, { mode: 0o700 });
    await symlink(victim, join(data, 'invites'));
    await chown(data, service, service);
    const args = ['tracker-invite', '--data', data];
    t.equal((await lines.run({ home, args })).status, 7);
    t.equal((await stat(victim)).uid, 0);
    t.same(await readdir(victim), []);
    await rm(join(data, 'invites'));
    t.equal((await lines.run({ home, args })).status, 0);
    const [invite] = await readdir(join(data, 'invites'));
    for (const name of ['invites', join('invites', invite!)]) {
      t.equal((await stat(join(data, name))).uid, service);
    }
  },
);
