/** One-shot commands, with and without a running `serve`: what they print and how they end. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, P2pProcess, runP2p, startTracker, type Ended } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

/** Processes live as long as the file, not as the test that starts them. */
const whole = t;
const folder = testFolder(t, { ann: {}, ben: {}, cleo: {}, tracker: {}, impostor: {}, got: {} });
const data = randomBytes(2 * 1024 ** 2 + 7);
writeFileSync(join(folder, 'data.bin'), data);
const got = join(folder, 'got');
const { tracker, port } = await startTracker(whole, join(folder, 'tracker'));
const P2P_TRACKER = `127.0.0.1:${port}`;
const P2P_PASSWORD = 'a pass word';

const lines = new LineRunner(whole);

/** Runs one command of a user, in a home of their own. */
function p2p(user: string, ...args: string[]): Promise<Ended> {
  return lines.run(setupOf(user, args));
}

function setupOf(user: string, args: readonly string[]) {
  return { home: join(folder, user), args, env: { P2P_TRACKER, P2P_PASSWORD } };
}

/** It ended so, with one line of error that matches. */
function fails(t: Test, ended: Ended, status: number, line: RegExp, isJson = false): void {
  t.equal(ended.status, status, `${status}: ${line}`);
  t.match(ended.stderr.split('\n')[0], line);
  t.equal(ended.stderr.match(/^error: /gm)?.length, 1, 'one line of error');
  t.notMatch(ended.stderr, /^ {4}at /m, 'no stack');
  if (!isJson) return void t.equal(ended.stdout, '');
  t.match(
    JSON.parse(ended.stdout),
    { error: { status } },
    'and one of JSON where that was asked for',
  );
}

void t.test('passwords come from the environment, a file or standard input', async (t) => {
  t.match(await p2p('ann', 'create-user', 'ann'), {
    status: 0,
    stdout: 'created user ann; log in with p2p login ann',
  });
  fails(t, await p2p('ann', 'create-user', 'ann'), 1, /^error: the user id ann is taken; /);
  const home = join(folder, 'ben');
  const file = join(folder, 'password');
  writeFileSync(file, `${P2P_PASSWORD}\n`);
  const env = { P2P_TRACKER, P2P_PASSWORD_FILE: file };
  t.match(await runP2p(t, { home, args: ['create_user', 'ben'], env }), { status: 0 });
  const args = ['login', 'ben', '--password-stdin', '--tracker', P2P_TRACKER];
  t.match(await runP2p(t, { home, args, input: `${P2P_PASSWORD}\n` }), {
    status: 0,
    stdout: 'logged in as ben',
  });
  const missing = { ...env, P2P_PASSWORD_FILE: `${file}-missing` };
  fails(
    t,
    await runP2p(t, { home, args: ['login', 'ben'], env: missing }),
    4,
    /^error: cannot read .*password-missing, which P2P_PASSWORD_FILE names/,
  );
  fails(
    t,
    await runP2p(t, { home, args: ['login', 'ben'], env: { P2P_TRACKER } }),
    2,
    /^error: there is no terminal to ask for the password of ben; /,
  );
  const wrong = { P2P_TRACKER, P2P_PASSWORD: 'wrong' };
  fails(t, await runP2p(t, { home, args: ['login', 'ann'], env: wrong }), 3, /do not match/);
  t.match(await p2p('ann', 'login', 'ann'), { status: 0 });
});

void t.test('groups and files, by both names of every command', async (t) => {
  t.match(await p2p('ann', 'create_group', '1e5'), { stdout: 'created group 1e5; you own it' });
  t.match(await p2p('ben', 'groups'), { status: 0, stdout: '1e5', stderr: NOTHING_SAID });
  t.match(await p2p('ben', 'join_group', '1e5'), { status: 0 });
  t.match(await p2p('ann', 'requests', 'list_requests', '1e5'), { stdout: 'ben' });
  t.match(await p2p('ann', 'requests', '1e5', '--json'), {
    stdout: '{"version":1,"groupId":"1e5","requests":[{"userId":"ben"}]}',
  });
  t.match(await p2p('ann', 'accept', '1e5', 'ben'), { status: 0 });
  t.match(await p2p('ann', 'upload', '../data.bin', '1e5', '--as=-a b.bin'), {
    status: 0,
    stdout: 'sharing -a b.bin (2 MiB) with 1e5',
  });
  t.match(await p2p('ben', 'files', '1e5'), { stdout: `-a b.bin\t${data.length}\t0\tann` });
  for (const [user, here] of [
    ['ann', 'yes'],
    ['ben', 'no'],
  ] as const) {
    const of = async (...options: string[]) => {
      const { stdout } = await p2p(user, 'files', '1e5', '--json', ...options);
      return (JSON.parse(stdout) as { files: unknown[] }).files;
    };
    t.match(await of(), [{ fileName: '-a b.bin', here }]);
    t.equal((await of('--mine')).length, here === 'yes' ? 1 : 0);
    t.equal((await of('--missing')).length, here === 'yes' ? 0 : 1);
    t.equal((await of('--since', '1h')).length, 1);
  }
  fails(t, await p2p('ann', 'files', '1e5', '--mine', '--missing'), 2, /--mine or --missing/);
  const me = JSON.parse((await p2p('ben', 'whoami', '--json')).stdout) as unknown;
  t.match(me, { userId: 'ben', groups: [{ groupId: '1e5', role: 'member' }] });
});

void t.test('a newer version takes the name, and lists know what they are asked for', async (t) => {
  const notes = join(folder, 'notes.txt');
  const upload = (...options: string[]) => p2p('ann', 'upload', '../notes.txt', '1e5', ...options);
  writeFileSync(notes, 'first');
  t.match(await upload(), { status: 0 });
  writeFileSync(notes, 'second one');
  fails(t, await upload(), 1, /--replace shares yours as its newer version/);
  const how = 'sharing notes.txt (10 B) with 1e5, as the newer version';
  t.match(await upload('--replace'), { status: 0, stdout: how });
  t.match(await upload(), { status: 0, stdout: 'notes.txt (10 B) is shared with 1e5 already' });
  t.match(await p2p('ben', 'files', '1e5'), { stdout: /^notes\.txt\t10\t0\tann$/m });
  const { stdout } = await p2p('ben', 'list_files', '1e5', '--json');
  t.match(stdout, /"fileName":"notes\.txt",.*"sharedAtMs":\d{13}\b/);
  fails(t, await p2p('ben', 'cancel', '1e5', 'notes.txt'), 4, /there is no such download/);
  fails(t, await p2p('ben', 'forget', '1e5'), 4, /there is no such download/);
  t.match(await p2p('ben', 'forget', '--finished'), { stdout: 'forgot 0 downloads' });
  t.match(await p2p('ann', 'shares'), { status: 0, stdout: /^1e5\tnotes\.txt\t\d+\t\w+$/m });
  t.match(await p2p('ann', 'stop-share', '1e5', 'notes.txt'), { status: 0 });
});

void t.test('a signal ends a download that keeps what it has', async (t) => {
  const home = join(folder, 'ben');
  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const args = ['download', '1e5', '--', '-a b.bin', got];
    const waiting = new P2pProcess(t, { home, args });
    await waiting.noted(/waiting for a peer/);
    const ended = await waiting.kill(signal);
    t.equal(ended.status, status);
    t.match(ended.stderr, /^error: .*what is verified is kept, run the same download to go on$/m);
    t.match(await p2p('ben', 'show_downloads'), { stdout: '[P] [1e5] -a b.bin' });
  }
});

void t.test('serve shares, and carries out the commands of its home', async (t) => {
  const args = ['serve', '--host', '127.0.0.1', '--port', '0'];
  const serveOf = (user: string): P2pProcess =>
    new P2pProcess(whole, { home: join(folder, user), args });
  const ann = serveOf('ann');
  await ann.printed(/^serving 1 file of ann on 127\.0\.0\.1:\d+ \(TLS\); Ctrl-C stops$/);
  fails(
    t,
    await p2p('ann', ...args),
    1,
    /^error: a client \(pid \d+\) already runs for the home folder /,
  );

  const first = await p2p('ben', 'download', '1e5', '--', '-a b.bin', join(got, 'first'));
  t.match(first, { status: 0, stdout: /^downloaded -a b\.bin to .*, from: ann 100 %\ntime: / });
  t.ok(readFileSync(join(got, 'first')).equals(data));

  const ben = serveOf('ben');
  await ben.printed(/^serving 1 file of ben /);
  t.match(await p2p('ann', 'status'), { status: 0, stdout: /^shared files: 1$/m });
  t.match(await p2p('ann', 'files', '1e5'), { stdout: `-a b.bin\t${data.length}\t2\tann` });
  const through = await p2p('ben', 'download', '1e5', '--', '-a b.bin', got);
  t.match(through, { status: 0, stdout: /^downloaded -a b\.bin to / });
  t.ok(readFileSync(join(got, '-a b.bin')).equals(data));
  t.match(await p2p('ben', 'downloads'), { stdout: '[C] [1e5] -a b.bin\n[C] [1e5] -a b.bin' });
  t.match(await p2p('ben', 'stop-share', '1e5', '--', '-a b.bin'), { status: 0 });

  t.equal((await ben.kill('SIGKILL')).status, null);
  t.match(await p2p('ben', 'whoami'), { status: 0, stdout: 'ben' }, 'a dead one is no obstacle');
  t.equal((await ann.kill('SIGINT')).status, 0, 'being stopped is how it ends');
});

void t.test('every kind of failure has its status and one line', async (t) => {
  const other = join(folder, 'other.bin');
  writeFileSync(other, 'something else');
  const cases: [number, RegExp, ...string[]][] = [
    [2, /^error: no command given; see p2p --help/, '--json'],
    [2, /^error: unknown command "dowload"; did you mean "download"\?/, 'dowload'],
    [2, /^error: <file> is missing/, 'download', '1e5'],
    [2, /^error: unknown option --nope/, 'files', '1e5', '--nope'],
    [2, /^error: .*a password is never taken from the argument list/, 'login', 'ann', 'secret'],
    [2, /^error: .* is not a file or a folder; /, 'upload', '/dev/null', '1e5'],
    [2, /^error: "65536" is not a port; /, 'tracker', '127.0.0.1', '65536'],
    [3, /^error: only an owner or an admin of 1e5 /, 'kick', '1e5', 'ann'],
    [4, /^error: no group "nowhere"; p2p groups lists them$/, 'files', 'nowhere'],
    [
      4,
      /^error: no file "nothing" in 1e5; p2p files 1e5 lists them$/,
      'download',
      '1e5',
      'nothing',
      '.',
    ],
    [4, /^error: cannot open .*: no such file or folder; /, 'upload', '/no/such/file', '1e5'],
    [7, /^error: the folder .* does not exist; /, 'download', '1e5', '--', '-a b.bin', '/no/such/'],
    [1, /^error: .* exists already; .*--overwrite$/, 'download', '1e5', '--', '-a b.bin', other],
  ];
  for (const [status, line, ...args] of cases) {
    fails(t, await p2p('ben', ...args), status, line, args.includes('--json'));
  }
  const same = await p2p('ben', 'download', '1e5', '--', '-a b.bin', got);
  t.match(same, { status: 0, stdout: /^-a b\.bin is there already: / });
  t.match(await p2p('ben', '--version'), { status: 0, stdout: /^\d+\.\d+\.\d+$/ });
  t.match(await p2p('ben', 'help', 'download'), { status: 0, stdout: /--timeout/ });
});

void t.test('a port in use is said at once', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const taken = String((other.address() as { port: number }).port);
  const line = new RegExp(`^error: .*127\\.0\\.0\\.1:${taken} is in use`);
  const run = (user: string, ...args: string[]) => runP2p(t, setupOf(user, args));
  fails(t, await run('ben', 'serve', '--host', '127.0.0.1', '--port', taken), 5, line);
  fails(t, await run('cleo', 'client', '127.0.0.1', taken, '127.0.0.1', `${port}`), 5, line);
  fails(t, await run('cleo', 'tracker', '127.0.0.1', taken), 5, line);
});

void t.test('a lost device is put out, and a changed password puts out all', async (t) => {
  const home = join(folder, 'cleo');
  const login = (password: string) =>
    lines.run({ home, args: ['login', 'ann'], env: { P2P_TRACKER, P2P_PASSWORD: password } });
  t.match(await login(P2P_PASSWORD), { status: 0 });
  const cleo = JSON.parse((await p2p('cleo', 'whoami', '--json')).stdout) as {
    deviceId: string;
  };
  const rows = (await p2p('ann', 'devices')).stdout.split('\n').map((row) => row.split('\t'));
  t.same(rows.map(([, , , state]) => state).sort(), ['logged in', 'this device']);
  t.ok(rows.some(([id]) => id === cleo.deviceId));
  const digits = cleo.deviceId.slice(0, 12);
  t.match(await p2p('ann', 'logout', '--device', digits), {
    status: 0,
    stdout: /^logged out on /,
  });
  fails(t, await p2p('cleo', 'whoami'), 3, /no longer valid; log in again/);
  t.match(await p2p('ann', 'whoami'), { status: 0 });
  t.match(await login(P2P_PASSWORD), { status: 0 });
  const input = `${P2P_PASSWORD}\nnew word\n`;
  const args = ['passwd', '--password-stdin'];
  t.match(await lines.run({ home: join(folder, 'ann'), args, input }), { status: 0 });
  fails(t, await p2p('cleo', 'whoami'), 3, /no longer valid; log in again/);
  fails(t, await login(P2P_PASSWORD), 3, /do not match/);
  t.match(await login('new word'), { status: 0 });
  t.match(await p2p('cleo', 'logout', '--all'), { status: 0, stdout: /on all devices/ });
  fails(t, await p2p('ann', 'whoami'), 3, /no longer valid; log in again/);
});

void t.test('without the tracker, and with another in its place', async (t) => {
  t.equal((await tracker.kill('SIGTERM')).status, 0);
  const unreachable = /^error: cannot reach the tracker at 127\.0\.0\.1:\d+: connection refused; /;
  fails(t, await p2p('ben', 'groups'), 5, unreachable);
  t.match(await p2p('ben', 'status'), { status: 0, stdout: /\(not connected\)/ });
  t.match(await p2p('ben', 'downloads'), { status: 0, stdout: /^\[C\] \[1e5\] -a b\.bin$/m });
  await startTracker(whole, join(folder, 'impostor'), port);
  fails(t, await p2p('ben', 'groups'), 3, /^error: the tracker at .* shows another key than /);
  t.match(await p2p('ben', 'logout'), { status: 0, stdout: /^logged out; / });
  t.notOk(existsSync(join(folder, 'ben', 'session.json')));
  fails(
    t,
    await p2p('ben', 'groups'),
    3,
    /^error: nobody is logged in; log in first with p2p login/,
  );
});
