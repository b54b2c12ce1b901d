/** What has become of a group's files is told by name and content. */
import t from 'tap';
import { fileChanges, seenFiles } from '../../../src/main/group-files/file-changes.js';
import type { FileRow } from '../../../src/net/tracker-api.js';

function row(name: string, fileId: string, sources = 1): FileRow {
  return { name, fileId, size: 7, sources, sharer: 'ann' };
}

t.test('what came, what is newer, and what is gone', (t) => {
  const before = seenFiles([row('a', '1'), row('b', '2'), row('c', '3')]);
  const rows = [row('d', '4'), row('b', '5'), row('a', '1', 0)];
  const of = { groupId: 'g', size: 7, sharer: 'ann' };
  t.same(fileChanges('g', before, rows), [
    { type: 'file-removed', groupId: 'g', fileName: 'c', fileId: '3' },
    { type: 'file-added', fileName: 'd', fileId: '4', ...of },
    { type: 'file-replaced', fileName: 'b', fileId: '5', ...of },
  ]);
  t.same(fileChanges('g', seenFiles(rows), rows), []);
  t.end();
});
