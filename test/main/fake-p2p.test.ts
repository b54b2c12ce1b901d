/** Several processes on one home: who does the work, what the caller sees, how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { openHome } from '../../src/main/home/home.js';
import { testFolder } from '../fixtures/test-folder.js';

const PROGRAM = fileURLToPath(new URL('./fake-p2p.js', import.meta.url));

async function socketPathOf(home: string): Promise<string> {
  return (await openHome({ ...process.env, P2P_HOME: home })).socketPath;
}

/** A `p2p` on the fake engine, with what it printed so far. */
class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';
  #onText: () => void = () => undefined;

  constructor(home: string, args: readonly string[]) {
    const env = { ...process.env, P2P_HOME: home, P2P_PASSWORD: 'pw' };
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: home });
    this.child.stdout!.on('data', (text: Buffer) => this.#keep('stdout', text));
    this.child.stderr!.on('data', (text: Buffer) => this.#keep('stderr', text));
    this.ended = once(this.child, 'close').then(([status]) => status as number | null);
  }

  #keep(stream: 'stdout' | 'stderr', text: Buffer): void {
    this[stream] += text.toString();
    this.#onText();
  }

  /** Resolves when standard output holds the text. */
  async hasPrinted(text: string): Promise<void> {
    const printed = new Promise<void>((resolve) => {
      this.#onText = () => (this.stdout.includes(text) ? resolve() : undefined);
      this.#onText();
    });
    const ended = this.ended.then((status) => {
      if (!this.stdout.includes(text)) throw new Error(`it ended with ${status}: ${this.stderr}`);
    });
    await Promise.race([printed, ended]);
  }

  async result(): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const status = await this.ended;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }
}

async function startServing(t: Test): Promise<{ home: string; serve: Program }> {
  const home = testFolder(t, {});
  const serve = new Program(home, ['serve']);
  t.teardown(() => serve.child.kill('SIGKILL'));
  await serve.hasPrinted('serving 2 files of alice on 127.0.0.1:4000 (TLS)');
  return { home, serve };
}

t.test('a running engine carries out the commands of others', async (t) => {
  const { home, serve } = await startServing(t);
  const socketPath = await socketPathOf(home);
  t.equal(statSync(socketPath).mode & 0o777, 0o600);
  const run = (...args: string[]) => new Program(home, args).result();
  const [files, download, login, bug, second] = await Promise.all([
    run('files', 'g1'),
    run('download', 'g1', 'film', 'sub/', '--port', '5'),
    run('login', 'bob', '--json'),
    run('create-group', 'bug'),
    run('serve'),
  ]);
  t.equal(files.stdout.split('\n').length, 451);
  t.match(files.stdout, /^file 0\t2048\t2\tbob\n/);
  t.match(download.stdout, `downloaded film to ${home}/sub/: 1000 B in 1.00 s`);
  t.match(download.stdout, /from: bob 75 %, carol 25 %\n/);
  t.match(download.stderr, /--port has no effect/);
  t.match(JSON.parse(login.stdout), { userId: 'bob', restored: 1 });
  t.match(login.stderr, /not shared again: \[g1\] old.txt/);
  t.match([files.status, download.status, login.status], [0, 0, 0]);
  t.match(bug.stderr, /^error: internal error; the output of the client .* says more\n$/);
  t.equal(bug.status, 1);
  t.match(second.stderr, /^error: a client \(pid \d+\) already runs for the home folder/);
  t.equal(second.status, 1);
  serve.child.kill('SIGTERM');
  t.equal(await serve.ended, 0);
  t.notOk(existsSync(socketPath));
});

t.test('devices and passwords, with an engine elsewhere', async (t) => {
  const { home } = await startServing(t);
  const run = (...args: string[]) => new Program(home, args).result();
  const cases: [args: string[], status: number, output: RegExp][] = [
    [
      ['devices'],
      0,
      /^(ab12){16}\t1970-01-01T00:00:00Z\t1970-01-02T00:00:00Z\tthis device\n(cd34){16}\t.*\tlogged in\n.*\tlogged out\n$/,
    ],
    [['logout', '--device', 'cd34'], 0, /^logged out on (cd34){16}; /],
    [['logout', '--device', 'cd3'], 2, /at least its first 4 digits/],
    [['logout', '--device', 'ef01'], 4, /never logged in on such a device/],
    [['logout', '--device', 'cd34', '--all'], 2, /--device or --all, not both/],
    [['passwd'], 2, /no terminal to ask for the new password; .*P2P_NEW_PASSWORD/],
    [['passwd', 'old', 'new'], 2, /never taken from the argument list/],
    [['logout', '--device', 'ab12'], 0, /^logged out; nothing is shared/],
  ];
  for (const [args, status, output] of cases) {
    const ended = await run(...args);
    t.equal(ended.status, status, args.join(' '));
    t.match(ended.stdout + ended.stderr, output);
  }
});

t.test('downloads are ended and forgotten, with an engine elsewhere', async (t) => {
  const { home } = await startServing(t);
  const run = (...args: string[]) => new Program(home, args).result();
  const cases: [args: string[], status: number, output: RegExp][] = [
    [['cancel', 'g1', 'film'], 0, /^cancelled \[g1\] film; 2 KiB of it are gone\n$/],
    [['cancel', 'abcd', '--keep-part'], 0, /^cancelled \[g1\] film; what is verified is kept, run/],
    [['cancel'], 2, /not enough|<group>|missing/i],
    [
      ['forget'],
      0,
      /^forgot 2 downloads; 2 KiB of unfinished files are gone\nleft as it is, .*\/film\.part\n$/,
    ],
    [
      ['forget_downloads', 'g1', 'film', '--finished', '--json'],
      0,
      /^\{"version":1,"downloads":\[\{.*"freedBytes":2048/,
    ],
    [['forget', 'g1', 'film', '--finishd'], 2, /finishd/],
  ];
  for (const [args, status, output] of cases) {
    const ended = await run(...args);
    t.equal(ended.status, status, args.join(' '));
    t.match(ended.stdout + ended.stderr, output);
  }
});

t.test(
  'with --json a failure is a value on standard output, beside the line for people',
  async (t) => {
    const { home } = await startServing(t);
    const peers = [{ userId: 'bob', address: '192.0.2.7:4000', state: 'active', bytes: 750 }];
    const cases: [args: string[], error: Record<string, unknown>][] = [
      [['download', 'g2', 'film', '.', '--json'], { code: 'NO_SUCH_GROUP', status: 4 }],
      [['download', 'g1', 'broken', '.', '--json'], { code: 'DISK_FULL', status: 7, peers }],
      [['files', '--json'], { code: 'BAD_ARGUMENT', status: 2 }],
      [['fils', '--json'], { code: 'UNKNOWN_COMMAND', status: 2 }],
    ];
    for (const [args, error] of cases) {
      const { status, stdout, stderr } = await new Program(home, args).result();
      const told = (JSON.parse(stdout) as { error: Record<string, unknown> }).error;
      t.equal('hint' in told, status === 2 && told['code'] !== 'UNKNOWN_COMMAND');
      t.match(told, error, args.join(' '));
      t.equal(status, told['status']);
      t.equal(stderr.split('\n')[0], `error: ${String(told['message'])}`);
    }
    const plain = await new Program(home, ['files', '--', '--json']).result();
    t.match(plain.stdout, /^file 0\t/, 'a group of that name asks for no JSON');
  },
);

t.test('commands over many files work with an engine elsewhere', async (t) => {
  const { home, serve } = await startServing(t);
  const run = (...args: string[]) => new Program(home, args).result();
  // The engine is asked of what is there already, and only of that.
  writeFileSync(join(home, 'file 7'), 'as it is');
  const [upload, all] = await Promise.all([
    run('upload', 'x', 'y', 'z', 'g1'),
    run('download', '--all', 'g1', '.', '--json'),
  ]);
  t.match(upload.stdout, /^shared 3 of 3 files, 2\.93 KiB in /);
  t.equal(upload.status, 0);
  t.match(JSON.parse(all.stdout), { counts: { done: 449, already: 1, failed: 0 } });
  t.equal(all.status, 0);
  serve.child.kill('SIGTERM');
  t.equal(await serve.ended, 0);
});

t.test('an engine that dies is missed once, whatever was going on', async (t) => {
  const { home, serve } = await startServing(t);
  const download = new Program(home, ['download', 'g1', 'endless', '.']);
  let listed = '';
  while (listed === '') listed = (await new Program(home, ['downloads']).result()).stdout;
  serve.child.kill('SIGKILL');
  const { status, stderr } = await download.result();
  t.equal(status, 5);
  t.strictSame(
    stderr.split('\n').filter((line) => line.startsWith('error: ')),
    ['error: the client that carried out this command has ended; run the command again'],
  );
});

t.test('Ctrl-C of a caller ends its command there and nothing else', async (t) => {
  const { home, serve } = await startServing(t);
  const download = new Program(home, ['download', 'g1', 'endless', '.']);
  // The engine lists the download once it has taken the command.
  let listed = '';
  while (listed === '') listed = (await new Program(home, ['downloads']).result()).stdout;
  t.equal(listed, '[D] [g1] endless\n');
  download.child.kill('SIGINT');
  const { status, stderr } = await download.result();
  t.equal(status, 130);
  t.match(stderr, /^error: interrupted; what is verified is kept/m);
  t.equal((await new Program(home, ['downloads']).result()).stdout, '[P] [g1] endless\n');
  serve.child.kill('SIGINT');
  t.equal(await serve.ended, 0);
});

t.test('a caller whose engine is stopped is told so', async (t) => {
  const { home, serve } = await startServing(t);
  const download = new Program(home, ['download', 'g1', 'endless', '.']);
  let listed = '';
  while (listed === '') listed = (await new Program(home, ['downloads']).result()).stdout;
  serve.child.kill('SIGTERM');
  t.equal(await serve.ended, 0);
  const { status, stderr } = await download.result();
  t.equal(status, 143);
  t.match(stderr, /^error: the client that did the work was stopped/m);
});

t.test('the socket of a dead process is replaced', async (t) => {
  const home = testFolder(t, {});
  const path = await socketPathOf(home);
  const holder = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
  ]);
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'close');
  t.ok(existsSync(path));
  const upload = await new Program(home, ['upload', 'x', 'g1']).result();
  t.equal(upload.status, 0);
  t.match(upload.stdout, /^sharing x \(1000 B\) with g1\n$/);
  t.notOk(existsSync(path));
});

t.test('an engine that closes while it is asked leaves the work to the caller', async (t) => {
  const home = testFolder(t, {});
  const path = await socketPathOf(home);
  // It hangs up before it has taken the command, as one that is closing does.
  const closing = createServer((socket) => {
    socket.destroy();
    closing.close();
  });
  closing.listen(path);
  await once(closing, 'listening');
  const whoami = await new Program(home, ['whoami']).result();
  t.equal(whoami.stdout, 'alice\n');
  t.equal(whoami.status, 0);
});
