/** `serve` under a service manager: its tracker is late, its home was copied, its login is over. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const SERVE = ['serve', '--host', '127.0.0.1'];

/** A tracker, and the home of ann, who is logged in. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {} });
  const home = join(folder, 'ann');
  await mkdir(home, { mode: 0o700 });
  const { tracker, port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const ann = (...args: string[]) => runP2p(t, { home, args, env });
  await ann('create-user', 'ann');
  await ann('login', 'ann');
  return { folder, home, tracker, port, ann, env };
}

t.test('it waits for a tracker that is not there yet', async (t) => {
  const { folder, home, tracker, port, ann } = await scene(t);
  await tracker.kill('SIGTERM');
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.noted(/^cannot reach the tracker at .*connection refused.*trying again/);
  const once = await ann('groups');
  t.match(once, { status: 5, stderr: /^error: cannot reach the tracker/ }, 'a command does not');
  await startTracker(t, join(folder, 'tracker'), port);
  await serving.printed(/^serving 0 files of ann on 127\.0\.0\.1:\d+/);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('whoever stops it while it waits need not wait', async (t) => {
  const { home, tracker } = await scene(t);
  await tracker.kill('SIGTERM');
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.noted(/trying again/);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('of two with one device key the older ends, and says why', async (t) => {
  const { folder, home } = await scene(t);
  const copy = join(folder, 'copy');
  await cp(home, copy, { recursive: true });
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.printed(/^serving/);
  const other = new P2pProcess(t, { home: copy, args: SERVE });
  await other.printed(/^serving/);
  const { status, stderr } = await serving.ended;
  t.equal(status, 1);
  t.match(stderr, /^error: the session has ended: .*key of this device; a copy of this home .*$/m);
  t.match(await other.kill('SIGTERM'), { status: 0 });
});

t.test('it ends when its login does', async (t) => {
  const { folder, home, env } = await scene(t);
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.printed(/^serving/);
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere, { mode: 0o700 });
  const there = (...args: string[]) => runP2p(t, { home: elsewhere, args, env });
  t.match(await there('login', 'ann'), { status: 0 });
  t.match(await there('logout', '--all'), { status: 0 });
  const { status, stderr } = await serving.ended;
  t.equal(status, 3);
  t.match(stderr, /^error: the session has ended: .*; log in again with p2p login$/m);
});

t.test('it says who took what, and when somebody logs out and in', async (t) => {
  const { folder, home, ann, env } = await scene(t);
  await writeFile(join(folder, 'film.mkv'), 'a film');
  await ann('create-group', 'films');
  await ann('upload', join(folder, 'film.mkv'), 'films');
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.printed(/^serving 1 file/);
  const there = join(folder, 'ben');
  await mkdir(there, { mode: 0o700 });
  const ben = (...args: string[]) => runP2p(t, { home: there, args, env });
  await ben('create-user', 'ben');
  await ben('login', 'ben');
  await ben('join', 'films');
  await ann('accept', 'films', 'ben');
  t.match(await ben('download', 'films', 'film.mkv', there), { status: 0 });
  await serving.noted(/^\d\d:\d\d ben took film\.mkv \(6 B\)$/);
  t.match(await ann('logout'), { status: 0 });
  await serving.noted(/^logged out; nothing is served$/);
  t.match(await ann('login', 'ann'), { status: 0 });
  await serving.noted(/^logged in as ann; 1 file is served$/);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('SIGHUP has it read its limits again, and stops nothing', async (t) => {
  const { home, ann } = await scene(t);
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.printed(/^serving/);
  await ann('limit', '--up', '1MiB/s');
  const limits = join(home, 'limits.json');
  const rule = { scope: { kind: 'all' }, up: 2 ** 21, down: 2 ** 22 };
  await writeFile(limits, JSON.stringify({ rules: [rule] }));
  serving.child.kill('SIGHUP');
  await serving.noted(/^the limits were read again: all: up 2 MiB\/s, down 4 MiB\/s$/);
  t.match(await ann('status'), { stdout: /^sent: 0 B \(at most 2 MiB\/s\)$/m });
  await writeFile(limits, 'not what it was');
  serving.child.kill('SIGHUP');
  await serving.noted(/^the limits of before hold on: .*limits\.json is damaged; remove it/);
  t.match(await ann('status'), { stdout: /^sent: 0 B \(at most 2 MiB\/s\)$/m });
  await rm(limits);
  serving.child.kill('SIGHUP');
  await serving.noted(/^the limits were read again: there are none$/);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('it does not begin with a library that was lost', async (t) => {
  const { home } = await scene(t);
  const serving = new P2pProcess(t, { home, args: SERVE });
  await serving.printed(/^serving/);
  await serving.kill('SIGTERM');
  const library = join(home, 'library.db');
  await writeFile(library, '');
  const { status, stderr } = await runP2p(t, { home, args: SERVE });
  t.equal(status, 7);
  t.match(stderr, /^error: the library .*library\.db is empty.*move it away.*$/m);
  await rm(library);
  const again = new P2pProcess(t, { home, args: SERVE });
  await again.printed(/^serving 0 files/);
  t.match(await again.kill('SIGTERM'), { status: 0 });
});
