/** Syncs of real files, and who has to wait for whom. */
import { join } from 'node:path';
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { syncShares } from '../../../src/net/waiting-threads.js';
import { diskSyncOf, type Syncable } from '../../../src/main/disk/disk-sync.js';
import { createFile, type OpenFile } from '../../../src/main/disk/open-files.js';
import { testFolder } from '../../fixtures/test-folder.js';

const AT_A_TIME = syncShares().main;

const turn = (): Promise<void> => new Promise(setImmediate);

/** A file whose sync is what a test says; counts who holds it. */
function fakeFile(datasync: () => Promise<void>): Syncable & { users: number } {
  const file = {
    users: 0,
    retain: (): OpenFile => {
      file.users++;
      const release = async (): Promise<void> => void file.users--;
      return { handle: { datasync }, release } as unknown as OpenFile;
    },
  };
  return file;
}

t.test('a bounded number of syncs runs at a time, each holding its file', async (t) => {
  const sync = diskSyncOf('disk');
  const count = 3 * AT_A_TIME;
  const ends = Array.from({ length: count }, () => deferred<void>());
  let begun = 0;
  const files = ends.map(({ promise }) => fakeFile(() => (begun++, promise)));
  const all = Promise.all(files.map((file) => sync.data(file)));
  await turn();
  t.equal(begun, AT_A_TIME);
  t.ok(files.every(({ users }) => users === 1));
  ends[0]?.resolve();
  await turn();
  t.equal(begun, AT_A_TIME + 1);
  for (const { resolve } of ends) resolve();
  await all;
  t.ok(files.every(({ users }) => users === 0));
});

t.test('a sync that fails says so in one sentence, and gives its place on', async (t) => {
  const sync = diskSyncOf('disk');
  const error = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  for (let file = 0; file < 2 * AT_A_TIME; file++) {
    await t.rejects(sync.data(fakeFile(() => Promise.reject(error))), {
      code: 'IO_ERROR',
      message: /^what was downloaded does not reach the disk: /,
    });
  }
});

t.test('real files and folders; in the cache nothing is synced', async (t) => {
  const folder = testFolder(t);
  const file = (await createFile(join(folder, 'film')))!;
  await diskSyncOf('disk').data(file);
  await diskSyncOf('disk').folder(folder);
  await file.release();
  const broken = fakeFile(() => Promise.reject(new Error('synced')));
  await diskSyncOf('cache').data(broken);
  await diskSyncOf('cache').folder(join(folder, 'nowhere'));
  t.equal(broken.users, 0);
});
