/**
 * The sizes in the bytes of a folder's table, with every bound that costs nothing to check, and without
 * reading a name. For whoever only keeps tables: names may take seconds (folder-table.ts), and who makes
 * the files checks them.
 */
import { TrackerError } from './errors.js';
import { MAX_FOLDER_ENTRIES, MAX_FOLDER_LEVELS } from './limits.js';
import {
  COUNT_BYTES,
  FLAG_EMPTY_FOLDER,
  MIN_ENTRY_BYTES,
  NUMBER_BYTES,
} from './folder-table-bytes.js';

export interface EntrySize {
  readonly isFile: boolean;
  /** Bytes; 0 of an empty folder. */
  readonly size: number;
}

/**
 * Of each entry, in order.
 * @throws TrackerError BAD_REQUEST when the bytes are no table, whatever its names are
 */
export function entrySizes(bytes: Uint8Array): EntrySize[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.length < COUNT_BYTES ? 0 : view.readUInt32BE(0);
  const most = Math.min(MAX_FOLDER_ENTRIES, (view.length - COUNT_BYTES) / MIN_ENTRY_BYTES);
  if (count === 0 || count > most) refuse();
  const sizes: EntrySize[] = [];
  let at = COUNT_BYTES;
  while (sizes.length < count) {
    const end = endOfPath(view, at);
    const isFile = view[at]! !== FLAG_EMPTY_FOLDER;
    if (end + (isFile ? 2 * NUMBER_BYTES : 0) > view.length) refuse();
    sizes.push({ isFile, size: isFile ? view.readUIntBE(end, NUMBER_BYTES) : 0 });
    at = end + (isFile ? 2 * NUMBER_BYTES : 0);
  }
  if (at !== view.length) refuse();
  return sizes;
}

/** Where the path of an entry ends that begins here; beyond the view when it is cut off. */
function endOfPath(view: Buffer, from: number): number {
  const [flags, shared, own] = [view[from] ?? Infinity, view[from + 1] ?? 0, view[from + 2] ?? 0];
  const isSound = flags <= FLAG_EMPTY_FOLDER && own > 0 && shared + own <= MAX_FOLDER_LEVELS;
  if (!isSound) refuse();
  let at = from + 3;
  for (let names = 0; names < own; names++) at += 1 + (view[at] ?? Infinity);
  return at;
}

function refuse(): never {
  throw new TrackerError('BAD_REQUEST', 'the table of this folder cannot be used: it is no table');
}
