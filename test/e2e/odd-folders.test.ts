/**
 * Folders as people really have them, by the real command: deep ones, long names, links, pipes, times
 * that are odd; named with a dot, a slash at the end, twice. What was named and not shared shows in
 * the exit status; what is shared comes as it was, also where few files may be open.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { factsOf, readTree } from '../fixtures/folder-tree.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const DEEP = `${Array(31).fill('d').join('/')}/deep`;
/** Little more than the program takes by itself; each thread alone would keep 64 files open. */
const FEW_FILES = 96;

function makeOdd(root: string): void {
  mkdirSync(join(root, DEEP, '..'), { recursive: true });
  for (const name of [DEEP, 'n'.repeat(255), 'ä'.repeat(127), '.hidden', '-rf', 'a', 'late'])
    writeFileSync(join(root, name), name.slice(0, 9));
  writeFileSync(join(root, 'zero'), '');
  mkdirSync(join(root, 'empty'));
  linkSync(join(root, 'a'), join(root, 'hard'));
  symlinkSync('/etc', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'lost'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  writeFileSync(join(root, 'setuid'), 's');
  chmodSync(join(root, 'setuid'), 0o4755);
  utimesSync(join(root, 'late'), 14_900_000_000, 14_900_000_000);
}

/** Files of it that can be shared; two links and a pipe cannot. */
const SHARED = 10;

t.test('odd folders', { skip: process.platform !== 'linux' && 'needs pipes' }, async (t) => {
  const folder = testFolder(t, {
    tracker: {},
    ann: {},
    ben: {},
    here: {},
    odd: {},
    many: {},
    none: {},
  });
  const path = (...names: string[]): string => join(folder, ...names);
  const { port } = await startTracker(t, path('tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a secret' };
  const run = (user: string, ...args: string[]) => lines.run({ home: path(user), args, env });
  const must = async (user: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(user, ...args);
    t.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return `${stdout}\n${stderr}`;
  };
  const homes = { ann: path('ann'), ben: path('ben') };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'g', homes });
  makeOdd(path('odd'));
  for (let index = 0; index < 400; index++) {
    const inside = path('many', String(index % 9));
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, String(index)), `${index}`.repeat(1 + (index % 50) * 40));
  }

  const told = await must('ann', 'upload', `${path('odd')}/`, 'g');
  t.match(told, new RegExp(`sharing odd/ \\(${SHARED} files`));
  for (const name of ['link', 'lost', 'pipe']) t.match(told, `left out: odd/${name}`);
  t.match(await must('ann', 'upload', path('odd', '..', 'odd', '.'), 'g'), /shared with g already/);
  for (const refused of ['none', 'nothing', 'odd/pipe', 'odd/lost', 'odd/empty']) {
    const { status, stderr } = await run('ann', 'upload', path(refused), path('odd', 'a'), 'g');
    t.ok(status !== 0 && status !== null, `${refused}: ${status}`);
    t.match(stderr, /1 file was not shared/, refused);
  }
  const limited = ['-c', `ulimit -n ${FEW_FILES}; exec "$@"`, 'sh', process.execPath];
  const few = (user: string, ...args: string[]) => {
    const around = { ...process.env, ...env, P2P_HOME: path(user) };
    const words = [...limited, inPackage('bin/p2p.js'), ...args];
    const { status, stderr } = spawnSync('sh', words, { env: around, encoding: 'utf8' });
    t.equal(status, 0, `${args.join(' ')} with ${FEW_FILES} open files: ${stderr}`);
  };
  few('ann', 'upload', path('many'), 'g');

  const serve = new P2pProcess(t, {
    home: path('ann'),
    args: ['serve', '--host', '127.0.0.1'],
    env,
  });
  await serve.printed(/^serving 3 files/);
  await must('ben', 'download', 'g', 'odd', path('here'));
  const [found, wanted] = [await readTree(path('here/odd')), await readTree(path('odd'), 'd/')];
  t.equal(Object.keys(found).length, SHARED + 1, 'all files and the empty folder');
  t.same(found[DEEP], wanted[DEEP]);
  t.same(await factsOf(path('here/odd/late')), await factsOf(path('odd/late')));
  few('ben', 'download', 'g', 'many', path('here'), '--timeout', '30s');
  t.same(await readTree(path('here/many')), await readTree(path('many')));
});
