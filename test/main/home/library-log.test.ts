/** How changes of a real library reach the disk, also when it fails. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { openToRead } from '../../../src/net/embedded-database.js';
import { deferred } from '../../../src/net/deferred.js';
import { openHome, type Home } from '../../../src/main/home/home.js';
import type { Library } from '../../../src/main/home/library.js';
import { openLibrary } from '../../../src/main/home/open-library.js';
import { failingSyncs } from '../../fixtures/failing-syncs.js';
import { account } from '../../fixtures/temporary-library.js';
import { testFolder } from '../../fixtures/test-folder.js';

const STAMP = { size: 7, mtimeNs: 1n, inode: 2n, ctimeNs: 3n };
const ENCODED = new Uint8Array([1, 2, 3]);

async function scene(t: Test) {
  const folder = testFolder(t);
  const home = await openHome({ P2P_HOME: join(folder, 'home') });
  const library = await openLibrary(home);
  t.teardown(() => library.close());
  return { folder, home, library };
}

function add(library: Library, name: string): void {
  const place = { groupId: 'g', incarnation: '', path: `/${name}`, sharedAtMs: 1 };
  const description = { fileId: 'f', pieceLength: 4, encoded: ENCODED };
  library.addShare(account, { ...place, name, fileId: 'f', stamp: STAMP }, description);
}

function namesIn(library: Library): string[] {
  return library.sharesOf(account).map(({ name }) => name);
}

/** What a kill leaves of it. */
async function copyOf(home: Home, folder: string): Promise<Home> {
  await mkdir(join(folder, 'copy'));
  const copy = await openHome({ P2P_HOME: join(folder, 'copy') });
  for (const end of ['', '-wal']) {
    await copyFile(`${home.libraryPath}${end}`, `${copy.libraryPath}${end}`);
  }
  return copy;
}

t.test('a change is told once its log is on the disk, and others go on meanwhile', async (t) => {
  const { home, library } = await scene(t);
  const syncing = deferred<void>();
  t.teardown(await failingSyncs(home.libraryPath, () => syncing.promise));
  let isTold = false;
  const gathered = library.gather(() => add(library, 'a')).then(() => (isTold = true));
  while (namesIn(library).length === 0) await new Promise(setImmediate);
  t.notOk(isTold);
  syncing.resolve();
  await gathered;
  t.ok(isTold);
});

t.test('after a sync that failed nothing is noted any more, until it is opened anew', async (t) => {
  const { folder, home, library } = await scene(t);
  await library.gather(() => add(library, 'a'));
  const restore = await failingSyncs(home.libraryPath);
  t.teardown(restore);
  const failed = {
    name: 'LostLibraryError',
    code: 'IO_ERROR',
    message: /until this client is started anew \(syncing the log of the library .*library\.db: /,
  };
  await t.rejects(
    library.gather(() => add(library, 'b')),
    failed,
  );
  restore();
  await t.rejects(
    library.gather(() => add(library, 'c')),
    failed,
  );
  const singly = [
    () => add(library, 'd'),
    () => library.saveKept('id', { bits: new Uint8Array(1), bytes: 1, stamp: STAMP }),
    () => library.dropKept('id'),
    () => library.movePart('id', '/part'),
    () => library.restartDownload('id', ''),
    () => library.saveScrubRound(account, { startedAtMs: 1, next: undefined }),
    () => library.noteRepaired(account, 'f', '/a', 1),
    () => library.endDownload('id', { code: 'CANCELLED', message: 'over' }, 1),
  ];
  for (const change of singly) t.throws(change, failed);
  await t.rejects(library.whenOnDisk(), failed);
  await library.close();
  t.ok(library.isLost);
  for (const change of singly) t.throws(change, failed, 'and after the end');
  const again = await openLibrary(await copyOf(home, folder));
  t.teardown(() => again.close());
  // Nobody was told of b; that it is there does no harm.
  t.same(namesIn(again), ['a', 'b']);
});

t.test(
  'what was not synced when a process was killed comes to the disk at the next start',
  async (t) => {
    const { folder, home, library } = await scene(t);
    await library.gather(() => add(library, 'a'));
    const copy = await copyOf(home, folder);
    const again = await openLibrary(copy);
    t.teardown(() => again.close());
    const alone = join(folder, 'alone.db');
    await copyFile(copy.libraryPath, alone);
    const database = await openToRead(alone);
    t.teardown(() => database.close());
    t.same(database.prepare('SELECT name FROM shares').all(), [{ name: 'a' }]);
  },
);

t.test('the end waits for a sync that is under way', async (t) => {
  const { home, library } = await scene(t);
  const syncing = deferred<void>();
  t.teardown(await failingSyncs(home.libraryPath, () => syncing.promise));
  const gathered = t.rejects(
    library.gather(() => add(library, 'a')),
    { name: 'LostLibraryError' },
  );
  while (namesIn(library).length === 0) await new Promise(setImmediate);
  const closed = library.close();
  syncing.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  await Promise.all([gathered, closed]);
  t.ok(library.isLost);
  t.ok((await stat(`${home.libraryPath}-wal`)).size > 0, 'the log is left to the next process');
});

t.test('a copy that fails at the end leaves the log to the next process', async (t) => {
  const { home, library } = await scene(t);
  await library.gather(() => add(library, 'a'));
  const before = await readFile(home.libraryPath);
  await truncate(`${home.libraryPath}-wal`, 32);
  await library.close();
  t.ok(library.isLost);
  t.equal((await stat(`${home.libraryPath}-wal`)).size, 32);
  t.ok(before.equals(await readFile(home.libraryPath)));
  t.throws(() => add(library, 'b'), { name: 'LostLibraryError' });
});

t.test('a library opens with a log that the disk does not let it copy', async (t) => {
  const { folder, home, library } = await scene(t);
  const names = Array.from({ length: 300 }, (_, n) => `${n}`.padStart(200, '0'));
  await library.gather(() => names.forEach((name) => add(library, name)));
  const copy = await copyOf(home, folder);
  const before = await readFile(copy.libraryPath);
  const child = fileURLToPath(new URL('../../fixtures/open-library-child.js', import.meta.url));
  // Blocks of 512 bytes, or of 1 KiB; what SQLite needs for itself fits.
  const words = 'unset NODE_OPTIONS NODE_V8_COVERAGE; ulimit -f 64; exec "$@"';
  const program = ['sh', process.execPath, child, copy.path];
  const { stdout, stderr } = spawnSync('sh', ['-c', words, ...program], { encoding: 'utf8' });
  t.equal(stderr, '');
  t.same(JSON.parse(stdout || '[]'), names);
  t.equal((await readFile(copy.libraryPath)).length, before.length, 'nothing could be copied');
});

t.test('with `cache` nothing is synced', async (t) => {
  const home = await openHome({ P2P_HOME: join(testFolder(t), 'home') });
  const library = await openLibrary(home, 'cache');
  t.teardown(() => library.close());
  t.teardown(await failingSyncs(home.libraryPath));
  await library.gather(() => add(library, 'a'));
  t.same(namesIn(library), ['a']);
});
