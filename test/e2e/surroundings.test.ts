/** What lies around a command may be odd: it works, or says in one line what is wrong. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

const PROGRAM = inPackage('bin/p2p.js');
const NO_ENTRY = 54_321;
const isRoot = process.getuid?.() === 0;

interface Surroundings {
  readonly name: string;
  /** In place of the usual ones; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Shell words before the command. */
  readonly before?: string;
  readonly uid?: number;
  /** Status of `groups`: 3 is "nobody is logged in". @default 3 */
  readonly status?: number;
  readonly says?: RegExp;
}

const noHomes = { P2P_HOME: undefined, XDG_DATA_HOME: undefined };

const table: readonly Surroundings[] = [
  {
    name: 'HOME is empty',
    env: { ...noHomes, HOME: '', XDG_DATA_HOME: '/proc/self/x' },
  },
  { name: 'HOME is relative', env: { HOME: 'here' } },
  { name: 'HOME is not set', env: { HOME: undefined } },
  { name: 'HOME does not exist', env: { HOME: '/nowhere/at/all' } },
  { name: 'P2P_HOME is below a file', env: { P2P_HOME: `${PROGRAM}/x` }, status: 7 },
  { name: 'P2P_HOME is relative', env: { P2P_HOME: 'relative' } },
  { name: 'XDG_DATA_HOME is relative', env: { XDG_DATA_HOME: 'data' } },
  { name: 'XDG_RUNTIME_DIR is of somebody else', env: { XDG_RUNTIME_DIR: '/proc/1' } },
  { name: 'XDG_RUNTIME_DIR does not exist', env: { XDG_RUNTIME_DIR: '/run/user/99999' } },
  { name: 'TMPDIR does not exist', env: { TMPDIR: '/nowhere' } },
  { name: 'no variables but the home', before: 'env -i P2P_HOME="$P2P_HOME"' },
  { name: 'TERM is dumb', env: { TERM: 'dumb' } },
  { name: 'CI is set', env: { CI: '1' } },
  { name: 'another language', env: { LC_ALL: 'tr_TR.UTF-8', LANG: 'xx' } },
  { name: 'no time zone', env: { TZ: 'No/Where' } },
  { name: 'no standard input', before: 'exec <&-;' },
  { name: 'no standard error', before: 'exec 2>&-;' },
  { name: 'a standard error that takes nothing', before: 'exec 2>/dev/full;' },
  { name: 'the present folder is deleted', before: 'mkdir gone; cd gone; rmdir ../gone;' },
  {
    name: 'the present folder is deleted and the home relative',
    env: { P2P_HOME: 'relative' },
    before: 'mkdir gone; cd gone; rmdir ../gone;',
    status: 7,
    says: /^error: there is no home folder for p2p: P2P_HOME is relative/,
  },
  ...(isRoot
    ? [
        {
          name: 'a user without an entry, and no HOME',
          env: { ...noHomes, HOME: undefined },
          uid: NO_ENTRY,
          status: 7,
          says: /^error: there is no home folder for p2p: HOME is not set.*P2P_HOME\n$/,
        },
      ]
    : []),
];

for (const { name, env, before = '', uid, status = 3, says = /^error: / } of table) {
  t.test(name, (t) => {
    const folder = testFolder(t, { home: {}, work: {} });
    mkdirSync(join(folder, 'home', 'data'));
    if (uid !== undefined && ![PROGRAM, process.execPath].every(isReadableByAll)) {
      t.comment('left out: the program lies where only its owner may read');
      return t.end();
    }
    const run = (words: string) =>
      // What the test runner hands on to its children would ask for the present folder.
      spawnSync(
        '/bin/sh',
        ['-c', `unset NODE_OPTIONS; ${before} "${process.execPath}" "${PROGRAM}" ${words}`],
        {
          cwd: uid === undefined ? join(folder, 'work') : '/',
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], P2P_HOME: join(folder, 'home'), ...env },
          ...(uid === undefined ? {} : { uid, gid: uid }),
        },
      );
    for (const words of ['--version']) {
      const { status, stdout, stderr } = run(words);
      t.same([status, stderr], [0, ''], words);
      t.not(stdout, '', words);
    }
    const ended = run('groups');
    t.equal(ended.status, status, ended.stderr);
    if (!before.includes('2>')) t.match(ended.stderr, says);
    t.ok(ended.stderr.split('\n').length <= 2, ended.stderr);
    t.notOk(readdirSync(join(folder, 'work')).includes('.local'), 'nothing in the present folder');
    t.end();
  });
}

t.test('an argument that is no text is refused in one line', (t) => {
  const home = testFolder(t, {});
  const words = [
    'upload "$(printf \'\\377\')" g',
    'join "$(printf \'a\\377\')"',
    '"$(printf \'\\377\')"',
  ];
  for (const command of words) {
    const { status, stderr } = spawnSync(
      '/bin/sh',
      ['-c', `"${process.execPath}" "${PROGRAM}" ${command}`],
      { encoding: 'utf8', env: { ...process.env, P2P_HOME: home } },
    );
    t.ok(status === 2 || status === 3 || status === 4, `status ${status}`);
    t.match(stderr, /^error: [^\n]*\n$/);
  }
  t.end();
});

interface Redirected {
  readonly name: string;
  readonly words: string;
  readonly status: number;
}

const redirected: readonly Redirected[] = [
  { name: 'a result on a full disk', words: '--help >/dev/full', status: 7 },
  { name: 'completion on a full disk', words: 'completion bash >/dev/full', status: 7 },
  { name: 'an error on a full disk', words: 'groups 2>/dev/full', status: 3 },
  { name: 'everything on a full disk', words: 'groups >/dev/full 2>&1', status: 3 },
  { name: 'no standard output', words: '--help >&-', status: 0 },
];

for (const { name, words, status } of redirected) {
  t.test(`${name} has its own status`, (t) => {
    const home = testFolder(t, {});
    const ended = spawnSync('/bin/sh', ['-c', `"${process.execPath}" "${PROGRAM}" ${words}`], {
      encoding: 'utf8',
      env: { ...process.env, P2P_HOME: home },
    });
    t.equal(ended.status, status);
    t.ok(ended.stderr.split('\n').length <= 2, ended.stderr);
    t.end();
  });
}

t.test('a reader that leaves is no fault', (t) => {
  const home = testFolder(t, {});
  const script = `{ "${process.execPath}" "${PROGRAM}" --help; echo "status $?" >&2; } | true`;
  const { stderr } = spawnSync('/bin/sh', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, P2P_HOME: home },
  });
  t.equal(stderr, 'status 0\n');
  t.end();
});

function isReadableByAll(path: string): boolean {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}
