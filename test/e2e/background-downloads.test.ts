/** Downloads that a client in the background has alone: it is killed, and somebody changes them by keys. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { RemoteEngine } from '../../src/main/control/remote-engine.js';
import { openHome } from '../../src/main/home/home.js';
import { MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { backgroundPid, P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';

const UP = ['up', '--host', '127.0.0.1'];
const FILM = sampleBytes(24 * MiB);

/** Ann has `film` and `song` in a group, ben is a member. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {}, ann: {}, ben: {} });
  const [annHome, home] = [join(folder, 'ann'), join(folder, 'ben')];
  for (const path of [annHome, home]) await mkdir(path, { recursive: true, mode: 0o700 });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const runs = { ann: annHome, ben: home };
  const as = async (name: keyof typeof runs, ...args: string[]) => {
    const ended = await runP2p(t, { home: runs[name], args, env });
    if (ended.status !== 0) throw new Error(`p2p ${args.join(' ')}: ${ended.stderr}`);
    return ended;
  };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'g', homes: runs });
  for (const name of ['film', 'song']) {
    await writeFile(join(folder, name), FILM.subarray(name.length - 4));
    await as('ann', 'upload', join(folder, name), 'g', '--as', name);
  }
  return {
    home,
    ben: (...args: string[]) => as('ben', ...args),
    /** From here on somebody has them. */
    serve: async (): Promise<void> => {
      const serving = new P2pProcess(t, { home: annHome, args: ['serve', '--host', '127.0.0.1'] });
      await serving.printed(/^serving 2 files/);
    },
    /** Leaves a download to what runs in the background; hung up after it. */
    leave: async (fileName: string, ready: (kept: number) => boolean): Promise<void> => {
      const signal = new AbortController().signal;
      const engine = (await RemoteEngine.connect(await openHome({ P2P_HOME: home }), signal))!;
      const id = await engine.startDownload({
        ...{ groupId: 'g', fileName, destination: join(home, `got ${fileName}`) },
        ...{ overwrite: false, timeoutMs: 0, isDetached: true },
      });
      const kept = async (): Promise<number> =>
        (await engine.downloads()).find((one) => one.id === id)!.kept;
      while (!ready(await kept())) await delay(20);
      engine.close();
    },
  };
}

t.test('one that is killed leaves lists that are true, and up goes on with all', async (t) => {
  const { home, ben, serve, leave } = await scene(t);
  await serve();
  await ben(...UP, '--down', '2MiB/s');
  const pid = await backgroundPid(t, home);
  await leave('film', (kept) => kept > 0);
  process.kill(pid, 'SIGKILL');
  const killed = await ben('downloads');
  t.equal(killed.stdout, '[P] [g] film');
  t.match(killed.stderr, /^film: interrupted, .* of 24 MiB are kept/m);
  const answer = JSON.parse((await ben('downloads', '--json')).stdout) as {
    downloads: { kept: number }[];
  };
  const row = answer.downloads[0]!;
  t.match(row, { state: 'interrupted', bytesPerSecond: 0, peers: [] });
  t.ok(row.kept > 0 && row.kept < FILM.length, `${row.kept} are kept`);
  t.match(JSON.parse((await ben('status', '--json')).stdout), {
    runningDownloads: 0,
    idleDownloads: { queued: 0, paused: 0, interrupted: 1, failed: 0 },
  });

  await ben(...UP);
  t.not(await backgroundPid(t, home), pid);
  while (!(await ben('downloads')).stdout.startsWith('[C]'));
  t.ok(FILM.equals(await readFile(join(home, 'got film'))));
  t.match(JSON.parse((await ben('status', '--json')).stdout), {
    runningDownloads: 0,
    idleDownloads: { interrupted: 0 },
  });
  await ben('down');
});

t.test('keys change what is watched', { skip: !hasPtyShell && 'no script' }, async (t) => {
  const { home, ben, leave } = await scene(t);
  await ben(...UP);
  await backgroundPid(t, home);
  for (const name of ['film', 'song']) await leave(name, () => true);
  const shell = new PtyShell(t, home);
  await shell.run('stty rows 12 cols 100');
  await shell.run('"$NODE" "$P2P" downloads --watch; echo "status $?"');
  await shell.seen(/> \S+ +g +\w+[^]*q leave, p pause/);
  shell.type('p');
  await shell.seen(/> paused +g/);
  shell.type('r');
  await shell.seen(/> (queued|downloading)[^\n]* +g/);
  shell.type('c');
  await shell.seen(/cancel it, and remove what is here\? \[y\/N\]/);
  shell.type('n');
  await shell.seen(/up\/down choose/);
  shell.type('\u001b[B');
  await shell.seen(/(?:\n|\u001b\[J) {2}\S[^\n]* g +\w+[^\n]*\n> /);
  shell.type('c');
  await shell.seen(/\[y\/N\]/);
  shell.type('y');
  await shell.seen(/stopped/);
  shell.type('q');
  t.match(await shell.seen(/status \d+\r/), /status 0/);
  await shell.run('stty -a');
  t.match(await shell.seen(/sh> $/), /[^-]icanon[^]*[^-]echo /, 'the terminal is as it was');
  shell.type('"$NODE" "$P2P" downloads --watch </dev/null; echo "status $?"\n');
  t.notMatch(await shell.seen(/STATE[^]*song/), /up\/down/, 'no keys but of a terminal');
  shell.type('\u0003');
  await shell.seen(/status 0\r/);
  const { stdout } = await ben('downloads');
  t.equal(stdout.split('\n').filter((line) => line.startsWith('[D]')).length, 1);
  await ben('down');
});
