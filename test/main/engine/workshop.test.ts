/** What an engine is told of a library that was there before and is not. */
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openToRead } from '../../../src/net/embedded-database.js';
import { lockHome } from '../../../src/main/home/home-lock.js';
import { openLibrary } from '../../../src/main/home/open-library.js';
import { openHome, type Home } from '../../../src/main/home/home.js';
import { Workshop } from '../../../src/main/engine/workshop.js';
import { failingSyncs } from '../../fixtures/failing-syncs.js';
import { account } from '../../fixtures/temporary-library.js';
import { testFolder } from '../../fixtures/test-folder.js';

const fresh = (t: Test): Promise<Home> => openHome({ P2P_HOME: join(testFolder(t), 'home') });

/** Uses the library as one process after another, and answers how often it was told to be gone. */
async function use(home: Home, ...acts: ((workshop: Workshop) => Promise<unknown>)[]) {
  let told = 0;
  const workshop = new Workshop({
    home,
    ...{ threads: undefined, slotMemoryBytes: undefined, takeThreads: undefined },
    onLocked: undefined,
    onLibraryGone: () => void (told += 1),
  });
  for (const act of acts) await act(workshop);
  await workshop.close();
  return told;
}
const open = (workshop: Workshop) => workshop.library();
const look = (workshop: Workshop) => workshop.lookForLoss();

t.test('a fresh home and a used one have lost nothing', async (t) => {
  const home = await fresh(t);
  t.equal(await use(home, look, open), 0, 'the first time');
  t.equal(await use(home, look, open), 0, 'and later');
});

t.test('a library that is gone is told once, and made anew', async (t) => {
  const home = await fresh(t);
  await use(home, open);
  await rm(home.libraryPath);
  t.equal(await use(home, open, open), 1);
  t.equal(await use(home, look, open), 0, 'the new one is there');
});

t.test(
  'a library that could not be made the first time is not gone, and neither is its home',
  async (t) => {
    const home = await fresh(t);
    // In the way of the new file, as a full disk is.
    const inTheWay = `${home.libraryPath}.new`;
    await mkdir(inTheWay);
    for (const time of ['first', 'second']) {
      const using = use(home, (workshop) =>
        t.rejects(workshop.library(), { name: 'StorageError' }),
      );
      t.equal(await using, 0, time);
    }
    await rm(inTheWay, { recursive: true });
    t.equal(await use(home, look, open), 0, 'it is the first one');
    t.notOk(
      (await readdir(home.path)).includes('library.db.begun'),
      'which is no news from now on',
    );
    await rm(home.libraryPath);
    t.equal(await use(home, open), 1, 'and may be gone later');
  },
);

t.test('a home in which nothing can be made stays a fresh one', async (t) => {
  const home = await fresh(t);
  await mkdir(`${home.libraryPath}.begun`);
  await use(home, (workshop) => t.rejects(workshop.library(), { code: 'IO_ERROR' }));
  t.notOk((await readdir(home.path)).includes('engine.lock'), 'not even its lock is there');
});

/** What an earlier process has left is not copied while somebody reads an old state. */
async function heldUp(t: Test, home: Home): Promise<void> {
  const library = await openLibrary(home);
  t.teardown(() => library.close());
  const reader = await openToRead(home.libraryPath);
  t.teardown(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM shares').all();
  await library.gather(() => library.saveScrubRound(account, { startedAtMs: 1, next: undefined }));
}

t.test('a library whose disk fails as it is opened is opened no more', async (t) => {
  const home = await fresh(t);
  await heldUp(t, home);
  const restore = await failingSyncs(home.libraryPath);
  t.teardown(restore);
  const lost = { name: 'LostLibraryError', message: /syncing the log/ };
  await use(
    home,
    (workshop) => t.rejects(workshop.library(), lost),
    async () => restore(),
    (workshop) => t.rejects(workshop.library(), lost, 'another connection would take it for whole'),
  );
  await t.rejects(lockHome(home, 0), { code: 'HOME_IN_USE' }, 'until the process ends');
});

t.test('a home whose library was lost is for the next process', async (t) => {
  const home = await fresh(t);
  await use(home, async (workshop) => {
    const library = await workshop.library();
    t.teardown(await failingSyncs(home.libraryPath));
    await t.rejects(library.whenOnDisk(), { name: 'LostLibraryError' });
  });
  await t.rejects(lockHome(home, 0), { code: 'HOME_IN_USE' });
});

t.test('who only looks tells it too, and makes none', async (t) => {
  const home = await fresh(t);
  await use(home, open);
  await rm(home.libraryPath);
  t.equal(await use(home, look, look), 1);
  await t.rejects(access(home.libraryPath), { code: 'ENOENT' });
  t.equal(await use(home, look, open), 1, 'once a process');
});
