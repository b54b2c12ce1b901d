/**
 * Commands of a process that may open few files. Whichever call is the first to find none left, the
 * command ends by itself, with one line that says so, and blames neither a file nor a peer for it.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { testFolder } from '../fixtures/test-folder.js';

const isOldNode = Number(process.versions.node.split('.')[0]) < 24;
const program = [process.execPath, inPackage('bin/p2p.js')];
/** Node itself needs the first 19, newer ones 21; with 40 most commands have what they need. */
const LIMITS = [...(isOldNode ? [19] : []), 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 36, 38];
/** Far more than any of them takes: one that waits for what never comes is killed. */
const KILLED_AFTER_MS = 60_000;

t.test('few open files', async (t) => {
  const folder = testFolder(t, {
    tracker: {},
    ann: {},
    ben: {},
    here: {},
    'film.mkv': 'a film',
    mine: '1',
  });
  const path = (name: string): string => join(folder, name);
  const { port } = await startTracker(t, path('tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a secret' };
  const run = async (user: string, ...args: string[]): Promise<void> => {
    const { status, stderr } = await runP2p(t, { home: path(user), args, env });
    t.equal(status, 0, stderr);
  };
  const homes = { ann: path('ann'), ben: path('ben') };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'films', homes });
  await run('ann', 'upload', path('film.mkv'), 'films');
  await run('ben', 'upload', path('mine'), 'films');
  const serve = new P2pProcess(t, {
    home: path('ann'),
    args: ['serve', '--host', '127.0.0.1'],
    env,
  });
  await serve.printed(/^serving 1 file/);

  for (const limit of LIMITS) {
    const note = path(`note-${limit}`);
    writeFileSync(note, `note ${limit}`);
    const commands = [
      ['verify'],
      ['files', 'films'],
      ['upload', note, 'films'],
      ['download', 'films', 'film.mkv', join(path('here'), String(limit)), '--timeout', '20s'],
    ];
    for (const args of commands) {
      const { status, stdout, stderr } = spawnSync(
        '/bin/sh',
        // What the test runner hands on to its children opens files too.
        ['-c', `unset NODE_OPTIONS; ulimit -n ${limit}; exec "$@"`, 'sh', ...program, ...args],
        {
          cwd: path('here'),
          encoding: 'utf8',
          timeout: KILLED_AFTER_MS,
          env: { PATH: process.env['PATH'], P2P_HOME: path('ben'), ...env },
        },
      );
      const what = `${args[0]} with ${limit}: ${stdout}${stderr}`;
      t.ok(status === 0 || status === 7, `status ${status} of ${what}`);
      const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
      t.equal(errors.length, status === 0 ? 0 : 1, what);
      for (const line of errors) t.match(line, /ulimit -n/, what);
      t.notMatch(stdout + stderr, /internal error|EMFILE|missing|^ +at /m, what);
    }
  }
});
