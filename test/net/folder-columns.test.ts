/** A table in columns is the table that was put into it, however it is asked. */
import fc from 'fast-check';
import t from 'tap';
import { columnsOf, ColumnsInMaking } from '../../src/net/folder-columns.js';
import { folderPathsOf, pathAt } from '../../src/net/folder-paths.js';
import { anyTable, emptyFolder, fileEntry, plainEntries } from './sample-folder.js';

t.test('what is asked of columns is what is asked of an array', (t) => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const columns = columnsOf(table);
      t.same(plainEntries(columns), table);
      t.equal(columns.length, table.length);
      const isLarge = ({ size }: { size: number }): boolean => size > 100;
      t.equal(columns.find(isLarge)?.path, table.find(isLarge)?.path);
      t.equal(columns.findIndex(isLarge), table.findIndex(isLarge));
      t.same(plainEntries(columns.filter(isLarge)), table.filter(isLarge));
      t.equal(columns.every(isLarge), table.every(isLarge));
      const add = (sum: number, { size }: { size: number }): number => sum + size;
      t.equal(columns.reduce(add, 0), table.reduce(add, 0));
      const paths = folderPathsOf(columns);
      for (const [index, { path }] of table.entries()) t.equal(pathAt(paths, index), path);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('beyond its ends there is nothing', async (t) => {
  const columns = columnsOf([fileEntry('a', 5), emptyFolder('b')]);
  t.match(columns.at(0), { path: 'a', size: 5, kind: 'file' });
  t.match(columns.at(1), { path: 'b', kind: 'empty-folder' });
  t.equal(columns.at(2), undefined);
  t.equal(
    columns.find(() => false),
    undefined,
  );
});

t.test('of an unknown number of entries each is where it was put', async (t) => {
  const entries = Array.from({ length: 1_000 }, (_, n) => fileEntry(`file ${n} ä`, n));
  const columns = new ColumnsInMaking(3, 2);
  for (const entry of entries) columns.addEntry(entry);
  t.equal(columns.count, 1_000);
  t.equal(columns.pathsBytes, Buffer.byteLength(entries.map(({ path }) => path).join('')));
  t.same(plainEntries(columns.finish()), entries);
});

t.test('one that was made for more entries has those that came', async (t) => {
  const columns = new ColumnsInMaking(2, 0);
  columns.add(Buffer.from('abc'), 1, { flags: 0, size: 1, mtimeMs: 2 });
  const finished = columns.finish();
  t.equal(finished.length, 1);
  t.match(finished.at(0), { path: 'a', size: 1, mtimeMs: 2 });
  t.equal(finished.at(1), undefined);
});
