/**
 * Each file of a home, damaged in each way: it works, or one line names the file and the way out, and
 * no other file is touched.
 */
import { cp, lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { loadDeviceCredentials } from '../../../src/main/home/device-key-file.js';
import { lockHome } from '../../../src/main/home/home-lock.js';
import { openHome, type Home } from '../../../src/main/home/home.js';
import { openLibrary } from '../../../src/main/home/open-library.js';
import { readSession, writeSession } from '../../../src/main/home/session-file.js';
import { KnownTrackers } from '../../../src/main/tracker-link/known-trackers.js';
import { P2pError } from '../../../src/net/errors.js';
import { damage, damages, type Damage } from '../../fixtures/damages.js';
import { testFolder } from '../../fixtures/test-folder.js';

const tracker = { host: '192.0.2.1', port: 8000 };
const deviceId = 'a'.repeat(64);
const session = { tracker, userId: 'ann', trackerId: deviceId, token: 'token' };

/** Homes in which everything was done once; copies of one. */
const used = join(testFolder(t), 'home');
await fill(used);

async function usedHome(path: string): Promise<Home> {
  // What SQLite leaves beside a library goes when it likes.
  const filter = (source: string): boolean => !basename(source).startsWith('library.db-');
  await cp(used, path, { recursive: true, filter });
  return openHome({ P2P_HOME: path });
}

async function fill(path: string): Promise<void> {
  const home = await openHome({ P2P_HOME: path });
  await loadDeviceCredentials(home);
  await new KnownTrackers(home).check(tracker, { deviceId, isVouched: false });
  await writeSession(home, session);
  await writeFile(join(path, 'history'), 'help\n', { mode: 0o600 });
  await use(home);
}

/** What a command does with its home. */
async function use(home: Home): Promise<void> {
  await loadDeviceCredentials(home);
  await readSession(home);
  await new KnownTrackers(home).howMet(tracker);
  const lock = await lockHome(home, 0);
  try {
    await (await openLibrary(home)).close();
  } finally {
    lock.release();
  }
}

/** Every file with its bytes, but for those that say who has the home. */
async function bytesIn(path: string, but: string): Promise<Map<string, string>> {
  const bytes = new Map<string, string>();
  for (const name of await readdir(path)) {
    const isOwn = name === but || name.startsWith('library.db-') || name.startsWith('engine.');
    if (isOwn || !(await lstat(join(path, name))).isFile()) continue;
    bytes.set(name, (await readFile(join(path, name))).toString('base64'));
  }
  return bytes;
}

const files = [
  'device.pem',
  'known_trackers',
  'session.json',
  'library.db',
  'engine.lock',
  'engine.pid',
  'history',
];

const wayOut = /restore|remove|move|delete|log in again|give it back/;

/** Names of files whose damage nothing comes of. */
const survives = (name: string, kind: Damage): boolean => {
  if (name === 'engine.pid' || name === 'history') return true;
  // No login, and no tracker met: as before the first.
  if (name === 'known_trackers') return kind === 'empty';
  // SQLite takes a byte for nothing.
  return name === 'engine.lock' && (kind === 'empty' || kind === 'one byte');
};

for (const name of files) {
  t.test(`${name}, damaged in each way`, async (t) => {
    for (const kind of damages) {
      const path = join(testFolder(t), 'home');
      const home = await usedHome(path);
      // A lock holds nothing; what is damaged there has to be there first.
      if (name === 'engine.lock') await writeFile(join(path, name), 'x'.repeat(4096));
      const before = await bytesIn(path, name);
      await damage(join(path, name), kind);
      const thrown: unknown = await use(home).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (survives(name, kind)) t.equal(thrown, undefined, `${kind}: works`);
      else if (t.ok(thrown instanceof P2pError, `${kind}: ${String(thrown)}`)) {
        const { message } = thrown as P2pError;
        t.ok(message.includes(join(path, name)), `${kind}: it names the file: ${message}`);
        t.match(message, wayOut, `${kind}: and the way out`);
      }
      t.same(await bytesIn(path, name), before, `${kind}: nothing else is damaged`);
    }
  });
}

t.test('what lies beside a library and is no file is named', async (t) => {
  for (const end of ['-wal', '-shm']) {
    for (const kind of ['folder', 'dangling link'] as const) {
      const home = await openHome({ P2P_HOME: join(testFolder(t), 'home') });
      await writeFile(home.libraryPath, 'there');
      await writeFile(`${home.libraryPath}${end}`, '');
      await damage(`${home.libraryPath}${end}`, kind);
      const named = new RegExp(`library\\.db${end} is a .*(move|remove)`);
      await t.rejects(openLibrary(home), { message: named });
    }
  }
});
