/**
 * Writes the table of a folder as canonical bytes, for `decodeFolderTable` to read. Its length is worked out
 * first, from the bytes of the paths and without a string of any, so that it is written where it is to lie.
 */
import { flagsOf } from './folder-columns.js';
import type { FolderPaths, FolderTable } from './folder-entry.js';
import { folderPathsOf } from './folder-paths.js';
import { COUNT_BYTES, NUMBER_BYTES } from './folder-table-bytes.js';

const SLASH = 0x2f;
/** Flags, and two counts of components. */
const HEAD_BYTES = 3;

/** A path that is to be written as what the one before has not. */
interface OwnPart {
  /** Components that both have. */
  readonly shared: number;
  /** Where the others lie in the bytes of all paths; nowhere when `from` is beyond `end`. */
  readonly from: number;
  readonly end: number;
}

/** The bytes of a table; it must be sorted, and as `decodeFolderTable` wants it. */
export function encodeFolderTable(table: FolderTable): Buffer {
  const bytes = Buffer.allocUnsafeSlow(folderTableBytes(table));
  putFolderTable(table, bytes, 0);
  return bytes;
}

/** How many they are. */
export function folderTableBytes(table: FolderTable): number {
  const paths = folderPathsOf(table);
  return table.reduce((sum, { kind }, entry) => {
    const { from, end } = ownPartOf(paths, entry);
    // A length stands in place of each slash, and before the first component.
    const own = from > end ? 0 : 1 + end - from;
    return sum + HEAD_BYTES + own + (kind === 'file' ? 2 * NUMBER_BYTES : 0);
  }, COUNT_BYTES);
}

/** Writes them from a place on, and answers where they end. */
export function putFolderTable(table: FolderTable, into: Buffer, from: number): number {
  const paths = folderPathsOf(table);
  const names = Buffer.from(paths.bytes.buffer, paths.bytes.byteOffset, paths.bytes.length);
  let at = into.writeUInt32BE(table.length, from);
  for (const [index, entry] of table.entries()) {
    at = into.writeUInt8(flagsOf(entry), at);
    at = putOwnPart(ownPartOf(paths, index), names, into, at);
    if (entry.kind !== 'file') continue;
    at = into.writeUIntBE(entry.size, at, NUMBER_BYTES);
    at = into.writeUIntBE(entry.mtimeMs, at, NUMBER_BYTES);
  }
  return at;
}

function putOwnPart(
  { shared, from, end }: OwnPart,
  names: Buffer,
  into: Buffer,
  at: number,
): number {
  const countAt = into.writeUInt8(shared, at);
  let next = countAt + 1;
  let own = 0;
  for (let name = from, to = from; name <= end; name = to + 1, own++) {
    to = name;
    while (to < end && names[to] !== SLASH) to++;
    next = into.writeUInt8(to - name, next);
    next += names.copy(into, next, name, to);
  }
  into.writeUInt8(own, countAt);
  return next;
}

/** What the path of an entry has not in common with that of the entry before, by whole components. */
function ownPartOf({ bytes, ends }: FolderPaths, entry: number): OwnPart {
  const start = entry === 0 ? 0 : ends[entry - 1]!;
  const end = ends[entry]!;
  if (entry === 0) return { shared: 0, from: start, end };
  const before = entry === 1 ? 0 : ends[entry - 2]!;
  let [shared, from] = [0, start];
  for (let at = start, other = before; ; at++, other++) {
    const isEnd = at === end || bytes[at] === SLASH;
    const isOtherEnd = other === start || bytes[other] === SLASH;
    if (isEnd && isOtherEnd) {
      shared++;
      from = at + 1;
      if (at === end || other === start) break;
    } else if (isEnd || isOtherEnd || bytes[at] !== bytes[other]) break;
  }
  return { shared, from, end };
}
