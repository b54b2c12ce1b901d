/** What of a group is taken into a folder. */
import t from 'tap';
import type { FileRow } from '../../../src/net/tracker-api.js';
import { groupItemsOf } from '../../../src/main/sync/group-items.js';

const row = (name: string, more: Partial<FileRow> = {}): FileRow => {
  return { name, fileId: `id of ${name}`, size: 1, sources: 1, sharer: 'ann', ...more };
};
const all = { has: () => true };

t.test('what was chosen, with what the list says of it', (t) => {
  const rows = [row('a', { sources: 0 }), row('b', { files: 2, isFirstHere: true }), row('c')];
  const { items, passedOver } = groupItemsOf(rows, { has: (name) => name !== 'c' }, () => false);
  const about = { size: 1, isFolder: false, hasSources: false, isFirstHere: false, sharer: 'ann' };
  t.same(
    [...items],
    [
      ['a', { ...about, fileId: 'id of a' }],
      [
        'b',
        {
          ...about,
          fileId: 'id of b',
          isFolder: true,
          files: 2,
          hasSources: true,
          isFirstHere: true,
        },
      ],
    ],
  );
  t.equal(passedOver.size, 0);
  t.end();
});

t.test('of too many those that are there already, and the others are told apart from none', (t) => {
  const rows = ['a', 'b', 'c', 'd'].map((name) => row(name));
  const { items, passedOver } = groupItemsOf(rows, all, (name) => name === 'd', 2);
  t.same([...items.keys()], ['d', 'a']);
  t.same([...passedOver], ['b', 'c']);
  t.end();
});
