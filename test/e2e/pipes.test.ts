/** Content that goes through standard input and output of the whole program. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const MIB = 2 ** 20;

interface Passed {
  readonly status: number | null;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Ann serves what is shared in `g`, of which Ben is a member. */
async function world(t: Test) {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {}, to: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'), 0);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const as = (name: string, ...args: string[]) =>
    lines.run({ home: join(folder, name), args, env });
  const must = async (name: string, ...args: string[]): Promise<void> =>
    void t.match(await as(name, ...args), { status: 0 }, args.join(' '));
  const homes = { ann: join(folder, 'ann'), ben: join(folder, 'ben') };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'g', homes });
  const home = (name: string): string => join(folder, name);
  /** Runs a command with bytes at its input, and takes the bytes of its output. */
  const pass = (name: string, args: readonly string[], input?: Buffer): Promise<Passed> =>
    passed(start(name, args), input);
  const passed = async (child: ReturnType<typeof start>, input?: Buffer): Promise<Passed> => {
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = once(child, 'close');
    const [bytes, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
    const [status] = (await ended) as [number | null];
    return { status, bytes, stderr };
  };
  const start = (name: string, args: readonly string[]) =>
    startAs(name, process.execPath, [inPackage('bin/p2p.js'), ...args]);
  /** By a script that finds the command as its name and words. */
  const shell = (name: string, script: string, args: readonly string[]): Promise<Passed> => {
    const words = [process.execPath, inPackage('bin/p2p.js'), ...args];
    return passed(startAs(name, '/bin/sh', ['-c', script, ...words]));
  };
  const startAs = (name: string, program: string, words: readonly string[]) => {
    const child = spawn(program, words, {
      env: { PATH: process.env['PATH'], P2P_HOME: home(name), ...env },
      cwd: home(name),
    });
    t.teardown(async () => {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
        await once(child, 'close');
    });
    return child;
  };
  const spooled = async (name: string): Promise<string[]> =>
    readdir(join(home(name), 'spool')).catch(() => []);
  const serve = async (...options: string[]): Promise<P2pProcess> => {
    const args = ['serve', '--host', '127.0.0.1', ...options];
    const serving = new P2pProcess(t, { home: home('ann'), args, env });
    await serving.printed(/serving/);
    return serving;
  };
  return { folder, as, must, pass, shell, start, spooled, serve };
}

t.test('a file, a device, a pipe and its rest are all taken as input', async (t) => {
  const { folder, must, pass, shell, spooled, serve } = await world(t);
  await serve();
  const content = randomBytes(3 * MIB + 5);
  await writeFile(join(folder, 'ann', 'content'), content);
  const takes = async (name: string, script: string, expected: Buffer): Promise<void> => {
    const up = await shell('ann', script, ['upload', '-', 'g', '--as', name, '--quiet']);
    t.match(up, { status: 0, stderr: '' }, script);
    const down = await pass('ben', ['download', 'g', name, '-o', '-', '--quiet']);
    t.ok(down.bytes.equals(expected), script);
  };
  await takes('file', '"$0" "$@" < content', content);
  await takes('pipe', 'cat content | "$0" "$@"', content);
  const rest = content.subarray(5);
  await takes('rest', '{ dd bs=1 count=5 of=/dev/null 2>/dev/null; "$0" "$@"; } < content', rest);
  await takes('none', '"$0" "$@" < /dev/null', Buffer.alloc(0));
  await takes('closed', '"$0" "$@" <&-', Buffer.alloc(0));
  await takes('failed', '(head -c 5 content; exit 1) | "$0" "$@"', content.subarray(0, 5));
  const folderAt = await shell('ann', '"$0" "$@" < .', ['upload', '-', 'g', '--as', 'folder']);
  t.match(folderAt, { status: 7, stderr: /^error: cannot read standard input: .*folder/m });
  t.equal((await spooled('ann')).length, 6);
  await must('ann', 'stop-share', 'g', 'file');
});

t.test('what standard input brings comes out of standard output', async (t) => {
  const { as, must, pass, spooled, serve } = await world(t);
  await serve();
  const content = randomBytes(9 * MIB + 5);
  const up = await pass('ann', ['upload', '-', 'g', '--as', 'dump'], content);
  t.equal(up.status, 0, up.stderr);
  // A slow disk has time for lines of progress.
  t.notMatch(up.stderr, /error|note/);
  t.equal(up.bytes.toString(), 'sharing dump (9 MiB) with g\n');
  t.equal((await spooled('ann')).length, 1, 'it lies in the home');
  t.match(await as('ann', 'shares'), { stdout: 'g\tdump\t9437189\tserved' });

  const down = await pass('ben', ['download', 'g', 'dump', '-o', '-']);
  t.equal(down.status, 0);
  t.ok(down.bytes.equals(content), 'the bytes and nothing else');
  t.match(down.stderr, /^downloaded dump to standard output: 9 MiB/m);
  t.strictSame(await spooled('ben'), [], 'nothing is left of it');
  t.match(await as('ben', 'downloads'), { status: 0, stdout: '' });
  t.match(await as('ben', 'shares'), { status: 0, stdout: '' });

  const json = await pass('ben', ['download', 'g', 'dump', '-', '--json']);
  t.ok(json.bytes.equals(content));
  // Progress may stand above it.
  t.match(JSON.parse(json.stderr.trimEnd().split('\n').at(-1)!), {
    files: [{ fileName: 'dump', path: '-', size: 9437189 }],
  });

  const events = await pass('ben', ['download', 'g', 'dump', '-o', '-', '--events']);
  t.ok(events.bytes.equals(content), 'with events too, which go where all goes that is said');
  t.match(events.stderr, /^\{"event":"done",/m);

  const small = await pass('ann', ['upload', '-', 'g', '--as', 'empty'], Buffer.alloc(0));
  t.equal(small.status, 0);
  t.match(await pass('ben', ['download', 'g', 'empty', '-o-']), {
    status: 0,
    bytes: { length: 0 },
  });

  const newer = randomBytes(10);
  t.match(await pass('ann', ['upload', '-', 'g', '--as', 'dump'], newer), {
    status: 1,
    stderr: /other content is shared as "dump"/,
  });
  t.equal((await spooled('ann')).length, 2, 'what was refused is gone');
  const replacing = ['upload', '-', 'g', '--as', 'dump', '--replace'];
  t.match(await pass('ann', replacing, newer), { status: 0 });
  t.ok((await pass('ben', ['download', 'g', 'dump', '-o', '-'])).bytes.equals(newer));
  await must('ann', 'stop-share', 'g', 'empty');
  await must('ann', 'stop-share', 'g', 'dump');
  // The client removes it behind its answer; a later one finds what was left.
  while ((await spooled('ann')).length > 0) await must('ann', 'shares');
});

t.test('a reader who has had enough ends it, and the next one gets all', async (t) => {
  const { as, pass, start, spooled, serve, must, folder } = await world(t);
  const content = randomBytes(12 * MIB);
  await writeFile(join(folder, 'film'), content);
  await must('ann', 'upload', join(folder, 'film'), 'g');
  await serve('--up', '6MiB/s');
  const child = start('ben', ['download', 'g', 'film', '--output=-']);
  const told = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [status] = (await once(child, 'close')) as [number];
  t.equal(status, 141);
  t.match(await told, /^error: the reader of standard output has gone; what is verified is kept/m);
  t.match(await as('ben', 'downloads'), { stdout: '[P] [g] film' });
  t.equal((await spooled('ben')).length, 1);

  const again = await pass('ben', ['download', 'g', 'film', '-o', '-']);
  t.equal(again.status, 0);
  t.ok(again.bytes.equals(content), 'from the beginning');
  t.match(again.stderr, /of it from before/);
  t.strictSame(await spooled('ben'), []);
});

t.test('a command whose reader takes nothing can be ended', async (t) => {
  const { start, serve, must, folder } = await world(t);
  await writeFile(join(folder, 'film'), randomBytes(8 * MIB));
  await must('ann', 'upload', join(folder, 'film'), 'g');
  await serve();
  const child = start('ben', ['download', 'g', 'film', '-o', '-']);
  await once(child.stdout, 'readable');
  child.kill('SIGINT');
  const [status] = (await once(child, 'exit')) as [number];
  t.equal(status, 130);
  child.stdout.destroy();
});

t.test('an upload whose input says nothing more can be ended', async (t) => {
  const { as, shell, spooled, serve } = await world(t);
  await serve();
  // The last part of a pipe is a process of its own, and finds its input in the place of another.
  const script = `mkfifo hold
    { echo some; cat hold; } | {
      exec 3<&0
      "$0" "$@" <&3 3<&- & child=$!
      until ls spool/*.taking && grep -q some spool/*.taking; do sleep 0.05; done >/dev/null 2>&1
      kill -INT $child
      wait $child; echo "status $?"
      : >hold
    }`;
  const ended = await shell('ann', script, ['upload', '-', 'g', '--as', 'x', '--quiet']);
  t.match(ended.bytes.toString(), /^status 130$/m, ended.stderr);
  t.strictSame(await spooled('ann'), []);
  t.match(await as('ann', 'shares'), { stdout: '' });
});

t.test('a file that is not written whole is told, and nothing is lost', async (t) => {
  const { pass, spooled, serve, must, folder, as, shell } = await world(t);
  const content = randomBytes(4 * MIB);
  await writeFile(join(folder, 'film'), content);
  await must('ann', 'upload', join(folder, 'film'), 'g');
  await serve();
  // Longer than what is downloaded, so that the limit of this process meets the output alone, in its last write.
  const output = join(folder, 'output');
  await writeFile(output, '');
  await truncate(output, 6 * MIB);
  const limited = await shell('ben', `ulimit -f 19456; exec "$0" "$@" >>'${output}'`, [
    ...['download', 'g', 'film', '-o', '-'],
  ]);
  t.not(limited.status, 0);
  t.match(limited.stderr, /^error: cannot write to standard output: .*ulimit/m);
  t.match(await as('ben', 'downloads'), { stdout: '[C] [g] film' });
  t.equal((await spooled('ben')).length, 1, 'it is kept');

  const again = await shell('ben', `exec "$0" "$@" >'${output}'`, [
    ...['download', 'g', 'film', '-o', '-'],
  ]);
  t.equal(again.status, 0, again.stderr);
  t.ok((await readFile(output)).equals(content));
  t.strictSame(await spooled('ben'), []);
  t.equal((await pass('ben', ['downloads'])).bytes.length, 0);
});

t.test('what standard input brought outlives a library that was moved away', async (t) => {
  const { pass, spooled, must, folder, as } = await world(t);
  t.match(await pass('ann', ['upload', '-', 'g', '--as', 'x'], Buffer.from('the only copy')), {
    status: 0,
  });
  const before = await spooled('ann');
  t.equal(before.length, 1);
  for (const end of ['', '-wal', '-shm']) {
    const path = join(folder, 'ann', `library.db${end}`);
    await rename(path, `${path}.away`).catch(() => undefined);
  }
  t.match(await as('ann', 'shares'), { status: 0, stdout: '' });
  await writeFile(join(folder, 'other'), 'other');
  await must('ann', 'upload', join(folder, 'other'), 'g');
  await must('ann', 'stop-share', 'g', 'other');
  t.strictSame(await spooled('ann'), before);
});

t.test('wrong settings and wrong words are told beside the content', async (t) => {
  const { pass, folder } = await world(t);
  await writeFile(join(folder, 'ben', 'config.toml'), 'nothing-of-ours = 1\n');
  for (const form of ['--json', '--events']) {
    for (const to of [['-o', '-'], ['-o-'], ['--output=-'], ['-']]) {
      const { status, bytes, stderr } = await pass('ben', ['download', 'g', 'x', ...to, form]);
      t.equal(status, 2);
      t.equal(bytes.length, 0, to.join(' '));
      t.match(stderr, /^\{.*nothing-of-ours/m);
    }
  }
});

t.test('what cannot go through a pipe is refused in one line', async (t) => {
  const { as, pass, serve, must, folder, spooled } = await world(t);
  await writeFile(join(folder, 'to', 'inside'), 'x');
  await must('ann', 'upload', join(folder, 'to'), 'g', '--as', 'album');
  await serve();
  const refused = async (args: readonly string[], status: number, why: RegExp): Promise<void> => {
    const { bytes, ...ended } = await pass('ben', args, Buffer.from('some'));
    t.match(ended, { status, stderr: why }, args.join(' '));
    t.equal(bytes.length, 0);
    t.strictSame(await spooled('ben'), []);
  };
  await refused(['download', 'g', 'album', '-o', '-'], 1, /^error: album is a folder; only a file/);
  await refused(['download', 'g', '--all', '-o', '-'], 2, /standard output takes one file/);
  await refused(['download', 'g', 'a', 'b', '-o', '-'], 2, /only one file alone/);
  await refused(['download', 'g', 'none', '-o', '-'], 4, /no file "none" in g/);
  await refused(['upload', '-', 'g'], 2, /say --as NAME/);
  await refused(['upload', '-', 'nowhere', '--as', 'x'], 4, /no group "nowhere"/);
  await refused(['upload', '-', 'x', 'g', '--as', 'x'], 2, /only one file alone/);
  t.match(await as('ben', 'download', 'g', 'album', '-o', join(folder, 'copy')), { status: 0 });
  t.strictSame(await readdir(join(folder, 'copy')), ['inside']);
});
