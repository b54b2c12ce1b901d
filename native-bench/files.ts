/** The files that are transferred: made once, compared after every run, removed before the next. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Processes } from './processes.js';

const BLOCK_BYTES = 4 * 1024 * 1024;
/** More than any contestant fills while it is measured with a file of the usual size. */
const WARM_BYTES = 384 * 1024 * 1024;

/**
 * ext4 gives no new file an inode that was deleted in the last minutes, and looks at each of those again
 * for each new file: 10,000 files then take 4 s instead of 0.2. So many are moved out of the way, and
 * go with everything else at the end.
 */
const MANY_FILES = 500;
let movedAway = 0;

/** What is to be transferred: one file, or the files of one folder. */
export interface Source {
  /** The folder that holds the file or files. */
  readonly folder: string;
  /** Names in the folder, in the order of a torrent. */
  readonly names: readonly string[];
  /** Bytes of all. */
  readonly size: number;
  readonly pieceLength: number;
}

/** One file of `size` bytes that differ from block to block. */
export async function makeFile(folder: string, size: number): Promise<Source> {
  await mkdir(folder, { recursive: true });
  const name = 'bench.bin';
  await fillFile(join(folder, name), size, 0);
  return { folder, names: [name], size, pieceLength: pieceLengthFor(size) };
}

/** A few files of `size` bytes together that differ from block to block. */
export async function makeLargeFiles(folder: string, count: number, size: number): Promise<Source> {
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, index) => `bench-${index}.bin`);
  for (const [index, name] of names.entries()) {
    await fillFile(join(folder, name), size / count, (index * size) / count);
  }
  return { folder, names, size, pieceLength: pieceLengthFor(size) };
}

/** `mark` tells its blocks from those of other files. */
async function fillFile(path: string, size: number, mark: number): Promise<void> {
  const block = randomBytes(BLOCK_BYTES);
  const file = await open(path, 'w');
  for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
    block.writeDoubleBE(mark + offset, 0);
    await file.write(block, 0, Math.min(BLOCK_BYTES, size - offset), offset);
  }
  // What is not yet on the disk would be written while somebody is measured.
  await file.sync();
  await file.close();
}

/** `count` files of `size` random bytes each. */
export async function makeFiles(folder: string, count: number, size: number): Promise<Source> {
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, index) => {
    return `file-${String(index).padStart(5, '0')}.bin`;
  });
  for (const name of names) await writeFile(join(folder, name), randomBytes(size));
  // For the same reason; a sync of each would take longer than some of the runs.
  await new Processes().run({ program: 'sync', args: ['-f', folder] });
  return { folder, names, size: count * size, pieceLength: pieceLengthFor(count * size) };
}

/** 1 MiB, and more for a large file, so that no rival chokes on the number of pieces. */
function pieceLengthFor(size: number): number {
  return size > 2 ** 32 ? 4 * 2 ** 20 : 2 ** 20;
}

/**
 * Makes the machine ready to take a file quickly: a virtual machine gives memory that was free
 * for a few seconds back to its host, and whoever comes next would wait for it to return.
 */
export async function warmMemory(folder: string, bytes = WARM_BYTES): Promise<void> {
  const path = join(folder, 'warm-up');
  const file = await open(path, 'w');
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) await file.write(block);
  await file.close();
  await rm(path);
}

/** Makes an empty folder, whatever was there before. */
export async function emptyFolder(folder: string): Promise<string> {
  if ((await countIn(folder)) >= MANY_FILES)
    await rename(folder, `${folder}-before-${++movedAway}`);
  else await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

async function countIn(folder: string): Promise<number> {
  try {
    return (await readdir(folder, { recursive: true })).length;
  } catch {
    return 0;
  }
}

/** Rejects unless every file of the source lies in `folder` with the very same bytes. */
export async function requireSameBytes(source: Source, folder: string): Promise<void> {
  const processes = new Processes();
  const all = await readdir(folder, { recursive: true });
  const found = new Map(all.map((path) => [basename(path), join(folder, path)]));
  for (const name of source.names) {
    const original = join(source.folder, name);
    const copy = found.get(name);
    if (copy === undefined) throw new Error(`${name} did not arrive`);
    if ((await stat(copy)).size < 1024 * 1024) await requireSameDigest(original, copy);
    else await processes.run({ program: 'cmp', args: [original, copy] });
  }
}

/** For small files: a process for each would take longer than the transfer. */
async function requireSameDigest(original: string, copy: string): Promise<void> {
  const digests = await Promise.all([original, copy].map(digestOf));
  if (digests[0] !== digests[1]) throw new Error(`${copy} differs from ${original}`);
}

async function digestOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    return createHash('sha256')
      .update(await file.readFile())
      .digest('hex');
  } finally {
    await file.close();
  }
}
