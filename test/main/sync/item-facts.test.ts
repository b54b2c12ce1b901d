/** What a plan is told of what was seen of one item. */
import t from 'tap';
import { StorageError } from '../../../src/net/errors.js';
import type { SyncedItem } from '../../../src/main/home/synced-items.js';
import { PathPatterns } from '../../../src/main/disk/path-patterns.js';
import { localItemOf, needsShared, type SeenFacts } from '../../../src/main/sync/item-facts.js';
import type { SeenItem } from '../../../src/main/sync/folder-items.js';
import type { GroupItem, LocalItem } from '../../../src/main/sync/sync-plan.js';

const stamp = { size: 3, mtimeNs: 5n, inode: 7n };
const file: SeenItem = { kind: 'file', stamp };
const group: GroupItem = {
  ...{ fileId: 'one', size: 3, isFolder: false, hasSources: true, isFirstHere: false },
};
const onItsWay: SyncedItem = {
  ...{ name: 'a', incarnation: 'i', fileId: 'one', origin: 'brought', isGone: false },
};
const noted: SyncedItem = { ...onItsWay, stamp };

function local(item: SeenItem | undefined, facts: Partial<SeenFacts> = {}): LocalItem | undefined {
  const nothing = { group: undefined, noted: undefined, ignored: undefined, compared: undefined };
  return localItemOf(item, { name: 'a', ...nothing, isAtRest: true, ...facts });
}

t.test('nothing is nothing, and what is foreign says no more', (t) => {
  t.equal(local(undefined, { noted }), undefined);
  t.same(local({ kind: 'foreign' }, { noted, group }), { kind: 'foreign' });
  t.end();
});

t.test('it is as it was noted only with a stamp that is known and the same', (t) => {
  t.match(local(file, { noted }), { kind: 'file', isAsNoted: true });
  t.match(local(file), { isAsNoted: false });
  t.match(local(file, { noted: onItsWay }), { isAsNoted: false });
  const touched = { ...noted, stamp: { ...stamp, mtimeNs: 6n } };
  t.match(local(file, { noted: touched }), { isAsNoted: false });
  t.match(local({ kind: 'folder', files: 1 }, { noted }), { kind: 'folder', isAsNoted: false });
  t.end();
});

t.test('whether it rests and how it compares is passed on', (t) => {
  t.match(local(file, { isAtRest: false, compared: 'older' }), {
    isAtRest: false,
    compared: 'older',
  });
  t.match(local(file), { isAtRest: true, compared: undefined });
  t.end();
});

t.test('a folder has more when it has more files than that of the group', (t) => {
  const folder: SeenItem = { kind: 'folder', files: 3, stamp };
  const inGroup = { ...group, isFolder: true };
  t.match(local(folder, { group: { ...inGroup, files: 2 } }), { hasMore: true });
  t.match(local(folder, { group: { ...inGroup, files: 3 } }), { hasMore: false });
  t.match(local(folder, { group: inGroup }), { hasMore: false }, 'how many is not known');
  t.match(local(folder), { hasMore: false });
  t.match(local(file, { group }), { hasMore: false });
  t.end();
});

t.test('what is ignored, flawed or an older version is not to be shared', (t) => {
  const ignored = new PathPatterns(['*.tmp', '!keep.tmp', 'only-folders/']);
  t.match(local(file, { ignored }), { isShareable: true });
  t.match(local(file, { name: 'a.tmp', ignored }), { isShareable: false });
  t.match(local(file, { name: 'keep.tmp', ignored }), { isShareable: true });
  t.match(local(file, { name: 'only-folders', ignored }), { isShareable: true });
  const folder: SeenItem = { kind: 'folder', files: 1, stamp };
  t.match(local(folder, { name: 'only-folders', ignored }), { isShareable: false });
  const flaw = new StorageError('IO_ERROR', 'a name that others cannot have');
  t.match(local({ kind: 'folder', files: 1, flaw }), { isShareable: false });
  t.match(local(file, { name: 'a~1' }), { isShareable: false });
  t.end();
});

t.test('the library is asked what is shared only where the plan depends on it', (t) => {
  const there = (isAsNoted: boolean): LocalItem => {
    return { kind: 'file', isAsNoted, isAtRest: true, isShareable: true };
  };
  const first = { ...group, isFirstHere: true };
  const cases: [GroupItem | undefined, LocalItem | undefined, boolean][] = [
    [undefined, there(false), false],
    [group, { kind: 'foreign' }, false],
    [group, there(true), false],
    [group, there(false), true],
    [group, undefined, false],
    [first, undefined, true],
  ];
  for (const [inGroup, here, isNeeded] of cases) t.equal(needsShared(inGroup, here), isNeeded);
  t.end();
});
