import t from 'tap';
import { whatIsHere } from '../../../src/main/commands/files-here.js';

const row = { name: 'a', fileId: 'new' };
const share = { fileName: 'a', fileId: 'new', state: 'served' } as const;
const download = { fileName: 'a', state: 'downloading' } as const;

for (const [what, shares, downloads, here] of [
  ['nothing', [], [], 'no'],
  ['a share of it', [share], [], 'yes'],
  ['one that nobody serves now', [{ ...share, state: 'idle' }], [], 'yes'],
  ['some files of a folder', [{ ...share, partFiles: 2 }], [], 'some'],
  ['another file of the name', [{ ...share, fileId: 'old' }], [], 'older'],
  ['another and the same', [{ ...share, fileId: 'old', state: 'older' }, share], [], 'yes'],
  ['a file that was changed', [{ ...share, state: 'changed' }], [], 'changed'],
  ['a damaged one', [{ ...share, state: 'damaged' }], [], 'damaged'],
  ['one that is gone', [{ ...share, state: 'missing' }], [], 'missing'],
  ['a download', [], [download], 'coming'],
  ['a newer version that comes', [{ ...share, fileId: 'old' }], [download], 'coming'],
  ['one that was interrupted', [], [{ ...download, state: 'interrupted' }], 'coming'],
  ['a download that was ended', [], [{ ...download, state: 'cancelled' }], 'no'],
  ['one that failed', [], [{ ...download, state: 'failed' }], 'no'],
  ['a complete one that is shared no more', [], [{ ...download, state: 'complete' }], 'no'],
  ['a share and a download of another name', [{ ...share, fileName: 'b' }], [], 'no'],
] as const) {
  void t.test(`of ${what} there is: ${here}`, async (t) => {
    t.equal(whatIsHere([row], shares, downloads).get('a'), here);
  });
}
