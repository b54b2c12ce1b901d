/**
 * The paths of a folder's entries in shared memory, so that every thread reads one copy and none
 * decodes a table. Relative, components joined by `/`, by place in the table.
 */
import type { FolderPaths, FolderTable } from './folder-entry.js';

export type { FolderPaths } from './folder-entry.js';

export function folderPathsOf(table: FolderTable): FolderPaths {
  if (table.paths) return table.paths;
  const all = Buffer.from(table.map(({ path }) => path).join(''));
  const bytes = new Uint8Array(new SharedArrayBuffer(all.length));
  bytes.set(all);
  const ends = new Uint32Array(new SharedArrayBuffer(table.length * 4));
  let end = 0;
  for (const [entry, { path }] of table.entries()) {
    end += Buffer.byteLength(path);
    ends[entry] = end;
  }
  return { bytes, ends };
}

/** The path of an entry. */
export function pathAt({ bytes, ends }: FolderPaths, entry: number): string {
  const from = entry === 0 ? 0 : ends[entry - 1]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, ends[entry]! - from).toString();
}
