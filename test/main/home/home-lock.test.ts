import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lockHome } from '../../../src/main/home/home-lock.js';
import { openHome } from '../../../src/main/home/home.js';
import { testFolder } from '../../fixtures/test-folder.js';

const holder = join(dirname(fileURLToPath(import.meta.url)), 'home-lock-holder.js');

t.test('a home has one lock, free again after its release', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const lock = await lockHome(home, 0);
  await t.rejects(lockHome(home, 0), {
    code: 'HOME_IN_USE',
    message: new RegExp(`pid ${process.pid}.*P2P_HOME`),
  });
  await t.rejects(lockHome(home, 0), { code: 'HOME_IN_USE' }, 'a refusal does not free it');
  lock.release();
  lock.release();
  (await lockHome(home, 0)).release();
});

t.test('who waits gets the lock when it is released', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const lock = await lockHome(home, 0);
  const waiting = lockHome(home, 60_000);
  lock.release();
  (await waiting).release();
});

t.test('two homes are locked apart', async (t) => {
  const folder = testFolder(t);
  const one = await lockHome(await openHome({ P2P_HOME: join(folder, 'one') }), 0);
  const two = await lockHome(await openHome({ P2P_HOME: join(folder, 'two') }), 0);
  one.release();
  two.release();
});

t.test('a process that is killed leaves no lock', async (t) => {
  const path = testFolder(t);
  const home = await openHome({ P2P_HOME: path });
  const child = spawn(process.execPath, [holder], {
    env: { ...process.env, P2P_HOME: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  await t.rejects(lockHome(home, 0), {
    code: 'HOME_IN_USE',
    message: new RegExp(`pid ${child.pid}`),
  });
  child.kill('SIGKILL');
  await exited;
  (await lockHome(home, 0)).release();
});

t.test('a link in the place of the pid file is not followed', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t, { letter: 'a letter' }) });
  await symlink(join(home.path, 'letter'), home.lockPidPath);
  (await lockHome(home, 0)).release();
  t.equal(await readFile(join(home.path, 'letter'), 'utf8'), 'a letter');
  t.equal(await readFile(home.lockPidPath, 'utf8'), `${process.pid}\n`);
});
