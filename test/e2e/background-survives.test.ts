/**
 * A client in the background outlives what happens to it: its terminal is closed, its tracker begins anew, and it is
 * halted for a while in which the world goes on. Each time it offers again what it offered before, by itself.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { backgroundPid, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';
import { testFolder } from '../fixtures/test-folder.js';

const NOBODY = /^film\t\d+\t0\t/m;
const ANN = /^film\t\d+\t1\t/m;

/** Ann has a film to offer, and ben wants it; the tracker is made anew by `restart`. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {} });
  const [home, benHome] = [join(folder, 'ann'), join(folder, 'ben')];
  for (const path of [home, benHome]) await mkdir(path, { mode: 0o700 });
  const trackerHome = join(folder, 'tracker');
  const { tracker, port } = await startTracker(t, trackerHome);
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const ann = (...args: string[]) => runP2p(t, { home, args, env });
  const ben = (...args: string[]) => runP2p(t, { home: benHome, args, env });
  const homes = { ann: home, ben: benHome };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'films', homes });
  const film = sampleBytes(3_000_000);
  await writeFile(join(folder, 'film'), film);
  await ann('upload', join(folder, 'film'), 'films');
  let present = tracker;
  return {
    home,
    /** Looks again and again who has the film. */
    untilFilesShow: async (pattern: RegExp): Promise<void> => {
      while (!pattern.test((await ben('files', 'films')).stdout));
    },
    isFetched: async (): Promise<boolean> => {
      const path = join(benHome, 'got');
      const { status } = await ben('download', 'films', 'film', path, '--overwrite');
      return status === 0 && film.equals(await readFile(path));
    },
    /** Does something while there is no tracker. */
    restart: async (meanwhile: () => unknown = () => undefined): Promise<void> => {
      await present.kill('SIGTERM');
      await meanwhile();
      ({ tracker: present } = await startTracker(t, trackerHome, port));
    },
    down: () => ann('down'),
  };
}

t.test('what up has begun outlives all of it', { skip: !hasPtyShell && 'no script' }, async (t) => {
  const { home, untilFilesShow, isFetched, restart, down } = await scene(t);
  const shell = new PtyShell(t, home);
  await shell.run('"$NODE" "$P2P" up --host 127.0.0.1');
  await shell.seen(/in the background \(pid \d+\)/);
  const pid = await backgroundPid(t, home);
  await untilFilesShow(ANN);
  await shell.close();
  t.ok(await isFetched(), 'its terminal is closed');

  await restart();
  await untilFilesShow(ANN);
  t.ok(await isFetched(), 'its tracker has begun anew');

  // As a machine that sleeps: what it was connected to ends, and time has jumped once it goes on.
  await restart(() => process.kill(pid, 'SIGSTOP'));
  await untilFilesShow(NOBODY);
  process.kill(pid, 'SIGCONT');
  await untilFilesShow(ANN);
  t.ok(await isFetched(), 'it was halted');
  t.equal(await backgroundPid(t, home), pid, 'it is the same process');
  t.match(await down(), { status: 0 });
});

t.test('nohup is enough', { skip: !hasPtyShell && 'no script' }, async (t) => {
  const { home, untilFilesShow, isFetched } = await scene(t);
  const shell = new PtyShell(t, home);
  await shell.run('nohup "$NODE" "$P2P" serve --host 127.0.0.1 >serve.log 2>&1 </dev/null &');
  await untilFilesShow(ANN);
  const pid = await backgroundPid(t, home);
  await shell.close();
  process.kill(pid, 'SIGHUP');
  t.ok(await isFetched());
  t.match(await readFile(join(home, 'serve.log'), 'utf8'), /^serving 1 file/m);
});
