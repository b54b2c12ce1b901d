import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** A folder whose path leaves room for a socket's, which testFolder(t) does not. */
async function shortFolder(t: Test): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'p2p-test-')));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

t.test('the home is the folder that P2P_HOME names, made private', async (t) => {
  const path = join(testFolder(t), 'new', 'home');
  const home = await openHome({ P2P_HOME: path });
  t.equal(home.path, path);
  t.equal(home.libraryPath, join(path, 'library.db'));
  t.equal((await stat(path)).mode & 0o777, 0o700);
});

t.test('a home that is only looked at is not made, and is judged if it is there', async (t) => {
  const path = join(testFolder(t), 'new', 'home');
  const home = await openHome({ P2P_HOME: path }, { isMade: false });
  t.equal(home.libraryPath, join(path, 'library.db'));
  await t.rejects(stat(join(path, '..')), { code: 'ENOENT' });
  await openHome({ P2P_HOME: path });
  await chmod(path, 0o777);
  const opened = openHome({ P2P_HOME: path }, { isMade: false });
  await t.rejects(opened, { code: 'PERMISSION_DENIED' });
});

t.test('without P2P_HOME it lies in the XDG data folder', async (t) => {
  const data = testFolder(t);
  t.equal((await openHome({ XDG_DATA_HOME: data })).path, join(data, 'p2p'));
  t.equal((await openHome({ P2P_HOME: '', XDG_DATA_HOME: data })).path, join(data, 'p2p'));
});

t.test('without either, and with a relative XDG folder, it is in ~/.local/share', async (t) => {
  const user = testFolder(t);
  const expected = join(user, '.local', 'share', 'p2p');
  t.equal((await openHome({ HOME: user })).path, expected);
  t.equal((await openHome({ HOME: user, XDG_DATA_HOME: 'share' })).path, expected);
});

t.test('two spellings of one folder are one home', async (t) => {
  const folder = testFolder(t, { real: {} });
  await symlink(join(folder, 'real'), join(folder, 'alias'));
  const real = await openHome({ P2P_HOME: join(folder, 'real') });
  t.same(await openHome({ P2P_HOME: join(folder, 'alias') }), real);
});

for (const mode of [0o700, 0o755, 0o750, 0o2755]) {
  t.test(`a folder of mode ${mode.toString(8)} is taken`, async (t) => {
    const path = testFolder(t);
    await chmod(path, mode);
    t.equal((await openHome({ P2P_HOME: path })).path, path);
  });
}

for (const [mode, whom] of [
  [0o777, 'everybody'],
  [0o1777, 'everybody'],
  [0o702, 'everybody'],
  [0o775, 'a group'],
  [0o770, 'a group'],
  [0o2770, 'a group'],
  [0o720, 'a group'],
] as const) {
  t.test(`a folder of mode ${mode.toString(8)} is refused`, async (t) => {
    const path = testFolder(t);
    await chmod(path, mode);
    await t.rejects(openHome({ P2P_HOME: path }), {
      code: 'PERMISSION_DENIED',
      message: new RegExp(`^${whom} may write to the home folder .*chmod 700`),
    });
  });
}

const skip = process.getuid?.() === 0 ? false : 'acts as two users';

t.test(
  'a link of another user is not followed, not even to a folder of ours',
  { skip },
  async (t) => {
    const folder = testFolder(t, { real: {}, alias: t.fixture('symlink', 'real') });
    t.equal((await openHome({ P2P_HOME: join(folder, 'alias') })).path, join(folder, 'real'));
    await lchown(join(folder, 'alias'), 60_002, 60_002);
    await t.rejects(openHome({ P2P_HOME: join(folder, 'alias') }), {
      code: 'PERMISSION_DENIED',
      message: /a link that another user made/,
    });
  },
);

t.test(
  'root may use the home of another user, unless others may write to it',
  { skip },
  async (t) => {
    const path = testFolder(t);
    await chown(path, 60_002, 60_002);
    t.equal((await openHome({ P2P_HOME: path })).path, path);
    await chmod(path, 0o770);
    await t.rejects(openHome({ P2P_HOME: path }), { code: 'PERMISSION_DENIED' });
  },
);

t.test('a file in the place of the home is refused', async (t) => {
  const path = join(testFolder(t), 'file');
  await writeFile(path, '');
  await t.rejects(openHome({ P2P_HOME: join(path, 'home') }), { code: 'NO_DESTINATION' });
});

t.test('the control socket of a home with a short path lies inside it', async (t) => {
  const path = await shortFolder(t);
  t.equal((await openHome({ P2P_HOME: path })).socketPath, join(path, 'control.sock'));
});

t.test('the socket of a home with a long path lies in a private folder elsewhere', async (t) => {
  const folder = await shortFolder(t);
  const runtime = join(folder, 'run');
  await mkdir(runtime);
  const env = { P2P_HOME: join(folder, 'h'.repeat(100)), XDG_RUNTIME_DIR: runtime };
  const { socketPath } = await openHome(env);
  t.ok(Buffer.byteLength(socketPath) <= 103, socketPath);
  t.ok(socketPath.startsWith(join(runtime, 'p2p')), socketPath);
  t.equal((await stat(join(runtime, 'p2p'))).mode & 0o777, 0o700);
  t.equal((await openHome(env)).socketPath, socketPath, 'the same at the next start');
  const other = await openHome({ ...env, P2P_HOME: join(folder, 'i'.repeat(100)) });
  t.not(other.socketPath, socketPath);
});

t.test('a runtime folder in which nothing can be made is passed over', async (t) => {
  const folder = await shortFolder(t);
  for (const runtime of [join(folder, 'nowhere'), '/proc/self']) {
    const env = { P2P_HOME: join(folder, 'h'.repeat(100)), XDG_RUNTIME_DIR: runtime };
    const { socketPath } = await openHome(env);
    t.notOk(socketPath.startsWith(runtime), socketPath);
  }
});

t.test('a folder for sockets that others could use is refused', async (t) => {
  const folder = await shortFolder(t);
  const runtime = join(folder, 'run');
  const env = { P2P_HOME: join(folder, 'h'.repeat(100)), XDG_RUNTIME_DIR: runtime };
  await mkdir(join(runtime, 'p2p'), { recursive: true });
  await chmod(join(runtime, 'p2p'), 0o755);
  await t.rejects(openHome(env), { code: 'PERMISSION_DENIED' });
});

t.test('a planted link in the place of the folder for sockets is refused', async (t) => {
  const folder = await shortFolder(t);
  const runtime = join(folder, 'run');
  await mkdir(runtime);
  await mkdir(join(folder, 'trap'));
  await chmod(join(folder, 'trap'), 0o700);
  await symlink(join(folder, 'trap'), join(runtime, 'p2p'));
  const env = { P2P_HOME: join(folder, 'h'.repeat(100)), XDG_RUNTIME_DIR: runtime };
  await t.rejects(openHome(env), { code: 'PERMISSION_DENIED' });
});
