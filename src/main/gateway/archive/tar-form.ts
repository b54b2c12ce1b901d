/**
 * A folder as a tar file, as POSIX.1-2001 has it: ustar headers, and before one that does not hold what is to be said a
 * header of `pax` that does. It has no checksum of a file, so it can be begun anywhere. Pure.
 */
import type { FolderEntry } from '../../../net/folder-entry.js';
import {
  archivedPath,
  archiveOrder,
  type ArchivedFolder,
  type ArchiveForm,
  type ArchivePart,
} from './archive-form.js';

const BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Eleven octal digits. */
const MAX_NUMBER = 0o77_777_777_777;
const PRINTABLE = /^[\x20-\x7e]*$/;

export const tarForm: ArchiveForm = {
  name: 'tar',
  contentType: 'application/x-tar',
  hasChecksums: false,
  parts: tarParts,
};

function* tarParts(folder: ArchivedFolder): Generator<ArchivePart, void, number> {
  for (const index of archiveOrder(folder)) {
    const entry = folder.table.at(index)!;
    const { size } = entry;
    yield { kind: 'bytes', bytes: headersOf(entry, archivedPath(folder, entry)) };
    if (size > 0) yield { kind: 'file', entry: index, size };
    const padding = paddingOf(size);
    if (padding > 0) yield { kind: 'bytes', bytes: Buffer.alloc(padding) };
  }
  yield { kind: 'bytes', bytes: Buffer.alloc(2 * BLOCK) };
}

interface Header {
  readonly type: 'file' | 'folder' | 'pax';
  readonly name: Buffer;
  readonly prefix?: Buffer;
  readonly mode: number;
  readonly size: number;
  /** Since 1970. */
  readonly seconds: number;
}

const TYPES = { file: '0', folder: '5', pax: 'x' } as const;

function headersOf(entry: FolderEntry, path: string): Buffer {
  const { kind, size, isExecutable, mtimeMs } = entry;
  const seconds = Math.floor(mtimeMs / 1_000);
  const split = splitPath(path);
  const records = [
    split === undefined ? paxRecord('path', path) : '',
    size > MAX_NUMBER ? paxRecord('size', String(size)) : '',
    seconds > MAX_NUMBER ? paxRecord('mtime', String(seconds)) : '',
  ].join('');
  const header = headerOf({
    type: kind === 'file' ? 'file' : 'folder',
    mode: kind === 'file' && !isExecutable ? 0o644 : 0o755,
    ...(split ?? { name: Buffer.from(path).subarray(0, NAME_BYTES) }),
    size: Math.min(size, MAX_NUMBER),
    seconds: Math.min(seconds, MAX_NUMBER),
  });
  if (records === '') return header;
  const body = Buffer.from(records);
  const name = Buffer.from('pax');
  const pax = { type: 'pax', name, mode: 0o644, size: body.length, seconds: 0 } as const;
  return Buffer.concat([headerOf(pax), body, Buffer.alloc(paddingOf(body.length)), header]);
}

function headerOf({ type, name, prefix, mode, size, seconds }: Header): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  name.copy(bytes, 0);
  bytes.write(octal(mode, 7), 100, 'latin1');
  bytes.write(octal(0, 7), 108, 'latin1');
  bytes.write(octal(0, 7), 116, 'latin1');
  bytes.write(octal(size, 11), 124, 'latin1');
  bytes.write(octal(seconds, 11), 136, 'latin1');
  // The checksum is that of a header in which it is blank.
  bytes.fill(' ', 148, 156);
  bytes.write(TYPES[type], 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  prefix?.copy(bytes, 345);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** A path as a header holds it; undefined when it does not. */
function splitPath(path: string): { readonly name: Buffer; readonly prefix?: Buffer } | undefined {
  if (!PRINTABLE.test(path)) return undefined;
  if (path.length <= NAME_BYTES) return { name: Buffer.from(path) };
  // The slash between the two is in neither, and the name is not empty, also of a folder.
  const at = path.lastIndexOf('/', Math.min(PREFIX_BYTES, path.length - 2));
  if (at <= 0 || path.length - at - 1 > NAME_BYTES) return undefined;
  return { name: Buffer.from(path.slice(at + 1)), prefix: Buffer.from(path.slice(0, at)) };
}

/** `LENGTH KEY=VALUE` and a line feed, where the length counts its own digits too. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length++;
  return `${length} ${key}=${value}\n`;
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
