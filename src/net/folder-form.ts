/**
 * The sizes in the bytes of a folder's table, with every bound that costs nothing to check, and without
 * reading a name. For whoever only keeps tables: names may take a fifth of a second (folder-table.ts), and who makes
 * the files checks them.
 */
import { TrackerError } from './errors.js';
import { MAX_FOLDER_ENTRIES, MAX_FOLDER_LEVELS, MAX_FOLDER_PATHS_BYTES } from './limits.js';
import {
  COUNT_BYTES,
  FLAG_EMPTY_FOLDER,
  MIN_ENTRY_BYTES,
  NUMBER_BYTES,
} from './folder-table-bytes.js';

export interface EntrySizes {
  /** Bytes of each entry, in order; 0 of an empty folder. */
  readonly sizes: Float64Array;
  /** How many are files. */
  readonly files: number;
}

/**
 * Of all entries.
 * @throws TrackerError BAD_REQUEST when the bytes are no table, whatever its names are
 */
export function entrySizes(bytes: Uint8Array): EntrySizes {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.length < COUNT_BYTES ? 0 : view.readUInt32BE(0);
  const most = Math.min(MAX_FOLDER_ENTRIES, (view.length - COUNT_BYTES) / MIN_ENTRY_BYTES);
  if (count === 0 || count > most) refuse();
  const sizes = new Float64Array(count);
  let files = 0;
  const paths = new PathLengths(view);
  let at = COUNT_BYTES;
  for (let entry = 0; entry < count; entry++) {
    const end = paths.endOfPath(at);
    const isFile = view[at]! !== FLAG_EMPTY_FOLDER;
    if (end + (isFile ? 2 * NUMBER_BYTES : 0) > view.length) refuse();
    if (isFile) {
      sizes[entry] = view.readUIntBE(end, NUMBER_BYTES);
      files++;
    }
    at = end + (isFile ? 2 * NUMBER_BYTES : 0);
  }
  if (at !== view.length) refuse();
  return { sizes, files };
}

/** Steps over the paths of a table, one after the other, and counts their bytes. */
class PathLengths {
  readonly #view: Buffer;
  /** Bytes of the path so far at each level of the one before, a slash at its end included. */
  readonly #ends = [0];
  #total = 0;

  constructor(view: Buffer) {
    this.#view = view;
  }

  /** Where the path of an entry ends that begins here; beyond the view when it is cut off. */
  endOfPath(from: number): number {
    const view = this.#view;
    const [flags, shared, own] = [view[from] ?? Infinity, view[from + 1] ?? 0, view[from + 2] ?? 0];
    const isSound = flags <= FLAG_EMPTY_FOLDER && own > 0 && shared + own <= MAX_FOLDER_LEVELS;
    if (!isSound || shared >= this.#ends.length) refuse();
    this.#ends.length = shared + 1;
    let at = from + 3;
    for (let names = 0; names < own; names++) {
      const length = view[at] ?? Infinity;
      at += 1 + length;
      this.#ends.push(this.#ends.at(-1)! + length + 1);
    }
    this.#total += this.#ends.at(-1)! - 1;
    if (this.#total > MAX_FOLDER_PATHS_BYTES) refuse();
    return at;
  }
}

function refuse(): never {
  throw new TrackerError('BAD_REQUEST', 'the table of this folder cannot be used: it is no table');
}
