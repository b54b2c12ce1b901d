/** Folders for tests: tables that are well formed, small ones by hand and any by fast-check. */
import fc from 'fast-check';
import type { FolderEntry, FolderTable } from '../../src/net/folder-table.js';
import { TwinKeys } from '../../src/net/twin-keys.js';

/** A file of a table. */
export function fileEntry(path: string, size = 0, more: Partial<FolderEntry> = {}): FolderEntry {
  return { path, kind: 'file', size, isExecutable: false, mtimeMs: 1_700_000_000_000, ...more };
}

/** An empty folder of a table. */
export function emptyFolder(path: string): FolderEntry {
  return { path, kind: 'empty-folder', size: 0, isExecutable: false, mtimeMs: 0 };
}

/** The order of a table: by components, each by its bytes; what is in a folder lies together. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.split('/').map((name) => Buffer.from(name)));
  for (const [level, name] of left!.entries()) {
    const other = right![level];
    if (!other) return 1;
    const order = Buffer.compare(name, other);
    if (order !== 0) return order;
  }
  return left!.length - right!.length;
}

/** Sorted as a table is. */
export function tableOf(...entries: readonly FolderEntry[]): FolderEntry[] {
  return [...entries].sort((a, b) => comparePaths(a.path, b.path));
}

/** Few names, so that entries share folders; some that differ in bytes and order only. */
const anyName = fc.constantFrom(
  'a',
  'b',
  'ab',
  'z',
  'Ω',
  'ä',
  '\u{1f600}',
  '\uffee',
  'a b',
  'a-',
  '...',
);

const anyPath = fc.array(anyName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

const anyEntry = fc.record<FolderEntry>({
  path: anyPath,
  kind: fc.constant('file'),
  size: fc.oneof(fc.nat(3), fc.nat(3_000_000)),
  isExecutable: fc.boolean(),
  mtimeMs: fc.nat(2 ** 48 - 1),
});

/** Any table of up to 12 entries. */
export const anyTable = fc
  .array(fc.oneof(anyEntry, anyPath.map(emptyFolder)), { minLength: 1, maxLength: 12 })
  .map((entries) => tableOf(...withoutContradictions(entries)));

/** Of entries with one path, or one inside another, only the first. */
function withoutContradictions(entries: readonly FolderEntry[]): FolderEntry[] {
  const keys = new TwinKeys();
  const kept: FolderEntry[] = [];
  for (const entry of entries) {
    const key = `${keys.of(entry.path)}/`;
    const isFree = kept.every(({ path }) => {
      const other = `${keys.of(path)}/`;
      return !key.startsWith(other) && !other.startsWith(key);
    });
    if (isFree) kept.push(entry);
  }
  return kept;
}

/** The entries of a table as a test compares them, however it is kept. */
export function plainEntries(table: FolderTable): FolderEntry[] {
  return table.map(({ path, kind, size, isExecutable, mtimeMs }) => {
    return { path, kind, size, isExecutable, mtimeMs };
  });
}
