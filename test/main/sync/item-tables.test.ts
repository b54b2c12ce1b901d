/** What came with a folder is known by its table. */
import { join } from 'node:path';
import t from 'tap';
import { describeFolder, encodeDescription, fileIdOf } from '../../../src/net/description.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { KiB } from '../../../src/net/limits.js';
import { hasComeWith } from '../../../src/main/sync/item-tables.js';
import { tableOf } from '../../fixtures/folder-tree.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

t.test('by that of what is shared out of the folder, and of what has come there', async (t) => {
  const { library, folder } = await temporaryLibrary(t);
  const describe = (...paths: string[]) => {
    const table = tableOf(Object.fromEntries(paths.map((path) => [path, Buffer.from(path)])));
    const { pieces } = folderLayout(table, 256 * KiB)!;
    const encoded = encodeDescription(
      describeFolder(table, pieces, Buffer.alloc(20 * pieces.pieceCount)),
    );
    return { fileId: fileIdOf(encoded), pieceLength: 256 * KiB, encoded };
  };
  const about = { groupId: 'chess', incarnation: 'i', name: 'album' };
  const stamp = { size: 1, mtimeNs: 1n, inode: 1n };
  const share = (path: string, ...paths: string[]): void => {
    const description = describe(...paths);
    const { fileId } = description;
    library.addShare(account, { ...about, fileId, path, stamp, sharedAtMs: 1 }, description);
  };
  const has = (path: string): boolean =>
    hasComeWith(library, account, { groupId: 'chess', folder }, 'album', path);
  const path = join(folder, 'album');
  t.notOk(has('.p2pignore'), 'nothing is known');
  share('/elsewhere/album', '.p2pignore', 'a');
  t.notOk(has('.p2pignore'), 'it is shared from elsewhere');
  share(path, 'a', 'deep/.p2pignore');
  t.ok(has('deep/.p2pignore'));
  t.notOk(has('.p2pignore'));
  const description = describe('.p2pignore', 'b');
  const { fileId } = description;
  const part = { partPath: `${path}.part`, size: 1, startedAtMs: 1 };
  library.addDownload(account, { id: 'd', ...about, fileId, path, ...part }, description);
  t.notOk(has('.p2pignore'), 'it is on its way');
  library.finishDownload('d', stamp, 2, { keepsShare: true });
  t.ok(has('.p2pignore'));
  t.ok(has('deep/.p2pignore'));
});
