/** How much work guests who ask again and again make of folders. */
import t from 'tap';
import { tarForm } from '../../../src/main/gateway/archive/tar-form.js';
import { GuestFolders } from '../../../src/main/gateway/guest-folders.js';
import { deferred } from '../../../src/net/deferred.js';
import { GUEST_LOOKS_AT_A_TIME } from '../../../src/net/limits.js';
import type { FolderEntry } from '../../../src/net/folder-entry.js';

const TABLE: readonly FolderEntry[] = [
  { path: 'note', kind: 'file', size: 10, isExecutable: false, mtimeMs: 0 },
];

t.test('each folder is read once for all who ask, also beyond those that are kept', async (t) => {
  const gate = deferred<void>();
  const reads: string[] = [];
  let now = 0;
  let most = 0;
  const folders = new GuestFolders({
    folderOf: async (id) => {
      reads.push(id);
      most = Math.max(most, ++now);
      await gate.promise;
      now--;
      return { table: TABLE, pieceLength: 1 << 20 };
    },
  });
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const asked = Array.from({ length: 25 }, () => ids).flat();
  const archives = asked.map((id) =>
    folders.archive({ id, fileId: id, fileName: 'album' }, tarForm),
  );
  gate.resolve();
  const lengths = (await Promise.all(archives)).map((archive) => archive?.length);
  t.equal(new Set(lengths).size, 1);
  t.same(reads, ids);
  t.equal(most, GUEST_LOOKS_AT_A_TIME);
});
