import t from 'tap';
import { deferred, type Deferred } from '../../../src/net/deferred.js';
import { FolderSync, syncFolder } from '../../../src/main/disk/folder-sync.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** Syncs that end when a test says. */
function scene() {
  const begun: { readonly folder: string; readonly end: Deferred<void> }[] = [];
  const folders = new FolderSync((folder) => {
    const end = deferred<void>();
    begun.push({ folder, end });
    return end.promise;
  });
  const ended: string[] = [];
  const ask = (folder: string, who: string): void => {
    folders.sync(folder).then(
      () => ended.push(who),
      () => ended.push(`${who} failed`),
    );
  };
  return { begun, ended, ask, folders };
}

const turn = (): Promise<void> => new Promise(setImmediate);

t.test(
  'who asks before a sync begins is served by it, who comes later waits for the next',
  async (t) => {
    const { begun, ended, ask } = scene();
    ask('a', 'first');
    for (const who of ['second', 'third']) ask('a', who);
    ask('b', 'elsewhere');
    t.same(
      begun.map(({ folder }) => folder),
      ['a', 'b'],
      'folders do not wait for each other',
    );
    begun[0]?.end.resolve();
    await turn();
    t.same(ended, ['first']);
    t.equal(begun.length, 3);
    ask('a', 'fourth');
    begun[2]?.end.resolve();
    await turn();
    t.same(ended, ['first', 'second', 'third']);
    begun[3]?.end.resolve();
    await turn();
    t.equal(ended.at(-1), 'fourth');
    ask('a', 'fifth');
    t.equal(begun.length, 5, 'after a pause at once');
    for (const { end } of begun) end.resolve();
    await turn();
  },
);

t.test('a sync that fails is told to those it was for, and the next one is tried', async (t) => {
  const { begun, ended, ask } = scene();
  ask('a', 'first');
  ask('a', 'second');
  begun[0]?.end.reject(new Error('EIO'));
  await turn();
  begun[1]?.end.resolve();
  await turn();
  t.same(ended, ['first failed', 'second']);
});

t.test('a real folder is synced, one that is not there is an error', async (t) => {
  const folder = testFolder(t);
  await syncFolder(folder);
  await t.rejects(syncFolder(`${folder}/nowhere`), { code: 'FILE_NOT_FOUND' });
});
