/** `up`, `down`, `log`: a client that no terminal has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { LOG_LOOK_INTERVAL_MS } from '../../src/net/limits.js';
import { inPackage } from '../../src/net/package-root.js';
import { backgroundPid, P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const UP = ['up', '--host', '127.0.0.1'];

/** A tracker, and the home of ann, who is logged in. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {} });
  const home = join(folder, 'ann');
  await mkdir(home, { mode: 0o700 });
  const { tracker, port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const ann = (...args: string[]) => runP2p(t, { home, args, env });
  await ann('create-user', 'ann');
  return { folder, home, tracker, port, ann };
}

t.test('a log is followed no longer than was said', async (t) => {
  const home = testFolder(t);
  const late = await runP2p(t, { home, args: ['log', '-f', '--timeout', '100ms'] });
  t.match(late, { status: 8, stderr: /^error: not done within 100ms/m });
});

t.test('it serves until it is ended, and says what it did', async (t) => {
  const { home, ann } = await scene(t);
  const refused = await ann(...UP);
  t.match(refused, { status: 3, stdout: '', stderr: /^error: nobody is logged in/ }, 'its error');
  const asData = await ann(...UP, '--json');
  t.match(asData, { status: 3, stderr: /^error: nobody is logged in/ });
  t.match(JSON.parse(asData.stdout), { error: { code: 'NOT_LOGGED_IN', status: 3 } });
  t.match(await ann('log'), { stdout: /error: nobody is logged in/ });
  await ann('login', 'ann');
  const begun = await ann(...UP);
  const pid = await backgroundPid(t, home);
  // On a machine with much else to do it says that it waits.
  t.match(begun, { status: 0, stderr: /^(waiting for the client in the background to begin)?$/ });
  t.match(begun.stdout, `(TLS) in the background (pid ${pid}); p2p log shows`);
  const stat = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]!.split(' ');
  t.equal(stat[3], String(pid), 'it leads a session of its own');
  const again = await ann(...UP, '--json');
  t.match(JSON.parse(again.stdout), { pid, isInBackground: true, isNew: false });
  t.match(await ann('create-group', 'films'), { status: 0 }, 'others work with it');
  const following = new P2pProcess(t, { home, args: ['log', '--follow', '--lines', '1'] });
  await following.printed(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d serving 0 files of ann on /);
  await ann('logout');
  await following.printed(/ logged out; nothing is served$/);
  t.match(await ann('down'), {
    status: 0,
    stdout: `what ran in the background has ended (pid ${pid})`,
  });
  await following.noted(/^nothing runs in the background now; what is begun there later is/);
  t.match(await following.kill('SIGINT'), { status: 0 });
  t.match(await ann('down'), { status: 0, stdout: 'nothing runs in the background' });
});

t.test('a tracker that is not there yet is waited for there', async (t) => {
  const { folder, home, tracker, port, ann } = await scene(t);
  await ann('login', 'ann');
  await tracker.kill('SIGTERM');
  const begun = await ann(...UP);
  const pid = await backgroundPid(t, home);
  t.match(begun, { status: 0, stderr: /^cannot reach the tracker .*; trying again/m });
  t.match(begun.stdout, `it goes on in the background (pid ${pid})`);
  t.match(await ann(...UP), { status: 0, stdout: `in the background already (pid ${pid})` });
  const following = new P2pProcess(t, { home, args: ['log', '-f'] });
  await startTracker(t, join(folder, 'tracker'), port);
  await following.printed(/ serving 0 files of ann on /);
  t.match(await ann('down'), { status: 0, stdout: `(pid ${pid})` });
});

t.test('what was not put there is not ended', async (t) => {
  const { home, ann } = await scene(t);
  await ann('login', 'ann');
  const serving = new P2pProcess(t, { home, args: ['serve', '--host', '127.0.0.1'] });
  await serving.printed(/^serving/);
  t.match(await ann('down'), { status: 1, stderr: `kill ${serving.child.pid}` });
  t.match(await ann(...UP), { status: 0, stdout: /already, but not in the background/ });
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('a log that nobody reads any more is not followed', async (t) => {
  const home = testFolder(t, { 'background.log': 'first line\n' });
  const pipe = '"$NODE" "$PROGRAM" log --follow | head -1';
  const env = { ...process.env, P2P_HOME: home, NODE: process.execPath };
  const shell = spawn('sh', ['-c', pipe], {
    env: { ...env, PROGRAM: inPackage('bin/p2p.js') },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  shell.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  // The shell waits for both sides of the pipe.
  let isOver = false;
  const closed = once(shell, 'close').finally(() => (isOver = true));
  t.teardown(async () => {
    if (!isOver) process.kill(-shell.pid!, 'SIGKILL');
    await closed;
  });
  while (!isOver) {
    await appendFile(join(home, 'background.log'), 'one more\n');
    await Promise.race([closed, delay(LOG_LOOK_INTERVAL_MS)]);
  }
  t.equal(printed, 'first line\n');
});
