/** A command that works for another one has to end: what the other waits for goes on. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { LineRunner } from './line-runner.js';
import { backgroundPid, P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const SLOW = ['--down', '2MiB/s', '--host', '127.0.0.1'];

/** Ann serves two films; of ben's home only one command at a time has an engine. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {} });
  const [annHome, home] = [join(folder, 'ann'), join(folder, 'ben')];
  for (const path of [annHome, home]) await mkdir(path, { mode: 0o700 });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const ann = (...args: string[]) => lines.run({ home: annHome, args, env });
  const ben = (...args: string[]) => runP2p(t, { home, args, env });
  const homes = { ann: annHome, ben: home };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'films', homes });
  const films = [sampleBytes(64 * MiB), sampleBytes(24 * MiB, 'other')];
  for (const [index, bytes] of films.entries()) {
    const path = join(folder, `film ${index}`);
    await writeFile(path, bytes);
    await ann('upload', path, 'films');
  }
  const serving = new P2pProcess(t, { home: annHome, args: ['serve', '--host', '127.0.0.1'] });
  await serving.printed(/^serving 2 files/);
  const download = (index: number, ...more: string[]) =>
    new P2pProcess(t, {
      home,
      args: ['download', 'films', `film ${index}`, join(home, `got ${index}`), ...more],
    });
  /** Both run, and the first one has the engine. */
  const both = async () => {
    const first = download(0, ...SLOW);
    await first.noted(/^film 0: \d+ %/);
    const second = download(1);
    await second.noted(/^film 1: \d+ %/);
    return { first, second };
  };
  const isWhole = async (index: number) =>
    films[index]!.equals(await readFile(join(home, `got ${index}`)));
  return { home, ben, both, download, isWhole };
}

t.test('one that is ended leaves to another engine what others wait for', async (t) => {
  const { home, ben, both, isWhole } = await scene(t);
  const { first, second } = await both();
  const ended = await first.kill('SIGINT');
  const pid = await backgroundPid(t, home);
  t.equal(ended.status, 130);
  t.match(ended.stderr, `another command (download film 1) goes on in the background (pid ${pid})`);
  await second.noted(new RegExp(`^another process goes on with it \\(pid ${pid}\\)$`));
  t.match(await ben('downloads'), { status: 0, stdout: '[P] [films] film 0\n[D] [films] film 1' });
  t.match(await second.ended, { status: 0, stdout: /^downloaded film 1 to / });
  t.ok(await isWhole(1));
  // Its commands are done, so that it is as well.
  const following = new P2pProcess(t, { home, args: ['log', '--follow'] });
  await following.printed(/ nothing is waited for any more$/);
  t.match(await ben('download', 'films', 'film 0', join(home, 'got 0')), { status: 0 });
  t.ok(await isWhole(0));
});

t.test(
  'what a key has resumed goes on, and its file is named',
  { skip: !hasPtyShell && 'no script' },
  async (t) => {
    const { home, both, download, isWhole } = await scene(t);
    const { first, second } = await both();
    t.match(await second.kill('SIGINT'), { status: 130 });
    const shell = new PtyShell(t, home);
    await shell.run('stty rows 12 cols 100');
    await shell.run('"$NODE" "$P2P" downloads --watch; echo "status $?"');
    await shell.seen(/> downloading[^]*stopped[^]*up\/down choose/);
    shell.type('j');
    await shell.seen(/> stopped[^]*r resume/);
    shell.type('r');
    await shell.seen(/> downloading/);
    const ended = await first.kill('SIGINT');
    const pid = await backgroundPid(t, home);
    t.match(
      ended.stderr,
      `another command (downloads film 1) goes on in the background (pid ${pid})`,
    );
    shell.type('q');
    await shell.seen(/film 1 goes on here, where it was resumed; Ctrl-C stops it/);
    await shell.seen(/downloaded film 1 to /);
    await shell.seen(/status 0\r/);
    t.ok(await isWhole(1));
    const following = new P2pProcess(t, { home, args: ['log', '--follow'] });
    await following.printed(/ nothing is waited for any more$/);
    t.match(await download(0).ended, { status: 0 });
  },
);

t.test('who ends in the same moment has stopped it, whichever engine had it', async (t) => {
  const { home, ben, both } = await scene(t);
  const { first, second } = await both();
  const [ended] = await Promise.all([first.kill('SIGINT'), second.kill('SIGINT')]);
  t.equal(ended.status, 130);
  t.match(await second.ended, { status: 130 });
  if (ended.stderr.includes('in the background')) {
    await backgroundPid(t, home);
    const following = new P2pProcess(t, { home, args: ['log', '--follow'] });
    await following.printed(/ nothing is waited for any more$/);
  }
  const { stdout } = await ben('downloads', '--json');
  const downloads = ['film 0', 'film 1'].map((fileName) => ({ fileName, state: 'cancelled' }));
  t.match(JSON.parse(stdout), { downloads });
});

t.test('what has taken over ends with down', async (t) => {
  const { home, ben, both } = await scene(t);
  const { first, second } = await both();
  t.match(await first.kill('SIGTERM'), { status: 143 });
  await second.noted(/^another process goes on with it/);
  await backgroundPid(t, home);
  t.match(await ben('down'), { status: 0, stdout: /^what ran in the background has ended/ });
  t.match(await second.ended, { status: 143, stderr: /the client that did the work was stopped/ });
});

t.test('up names the command that has the home', async (t) => {
  const { ben, both } = await scene(t);
  const { first } = await both();
  const refused = await ben('up', '--host', '127.0.0.1', '--json');
  t.match(refused, {
    status: 1,
    stderr: `error: another command uses this home (pid ${first.child.pid})`,
  });
  t.match(JSON.parse(refused.stdout), { error: { code: 'HOME_IN_USE', status: 1 } });
});

t.test('what has taken over makes room for up', async (t) => {
  const { home, ben, both, isWhole } = await scene(t);
  const { first, second } = await both();
  await first.kill('SIGINT');
  await second.noted(/^another process goes on with it/);
  const kept = await backgroundPid(t, home);
  const begun = await ben('up', '--host', '127.0.0.1', '--json');
  const pid = await backgroundPid(t, home);
  t.match(JSON.parse(begun.stdout), { pid, isNew: true });
  t.not(pid, kept);
  t.match(await second.ended, { status: 0, stdout: /^downloaded film 1 to / });
  t.ok(await isWhole(1));
  t.match(await ben('log'), { stdout: / another engine goes on\n.* serving / });
  t.match(await ben('down'), { status: 0, stdout: `(pid ${pid})` });
});
