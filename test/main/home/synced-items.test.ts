/** What is noted of folders that are kept the same. */
import t from 'tap';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

t.test('items are noted by account, group and folder', async (t) => {
  const { library } = await temporaryLibrary(t);
  const { synced } = library;
  const folder = { groupId: 'g', folder: '/f' };
  const stamp = { size: 3, mtimeNs: 2n ** 62n, inode: 7n, ctimeNs: 5n };
  const item = {
    name: 'b',
    incarnation: 'i',
    fileId: 'x',
    origin: 'brought',
    isGone: false,
  } as const;
  await synced.put(account, folder, { ...item, stamp });
  await synced.put(account, folder, { ...item, name: 'a' });
  await synced.put(account, { groupId: 'g', folder: '/other' }, item);
  t.same(synced.list(account, folder), [
    { ...item, name: 'a' },
    { ...item, stamp },
  ]);
  const old = { size: 3, mtimeNs: stamp.mtimeNs, inode: 7n };
  await synced.put(account, folder, { ...item, isGone: true, origin: 'shared', stamp: old });
  t.match(synced.list(account, folder)[1], { isGone: true, origin: 'shared', stamp: old });
  await synced.remove(account, folder, 'a');
  t.same(
    synced.list(account, folder).map(({ name }) => name),
    ['b'],
  );
  t.same(synced.list({ ...account, userId: 'another' }, folder), []);
});
