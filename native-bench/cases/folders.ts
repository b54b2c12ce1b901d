/** Folders as one item: many small files, and a few large ones against one file of the same size. */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import type { BenchCase } from '../contestant.js';
import { libtorrent } from '../contestants/libtorrent.js';
import { product } from '../contestants/product.js';
import { rsync } from '../contestants/rsync.js';
import { syncthing } from '../contestants/syncthing.js';
import { tarNc } from '../contestants/tar-nc.js';
import { makeFile, makeFiles, makeLargeFiles } from '../files.js';

const LARGE_BYTES = 4 * 2 ** 30;
const LARGE_FILES = 8;

export interface FolderOptions {
  readonly name: string;
  readonly fileCount: number;
  /** Of each file. */
  readonly bytes: number;
  readonly transports: readonly PeerTransport[];
}

/** A folder of small files, as one item. */
export function smallFiles({ name, fileCount, bytes, transports }: FolderOptions): BenchCase {
  return {
    name,
    title: `A folder of ${fileCount.toLocaleString('en')} files of ${bytes / 1024} KiB as one item`,
    reference: 'libtorrent',
    contestants: async (folder) => {
      const source = await makeFiles(join(folder, 'source'), fileCount, bytes);
      const ours = transports.flatMap((transport) =>
        (['cache', 'disk'] as const).map((durability) =>
          product(source, { transport, durability, isFolder: true }),
        ),
      );
      return [...ours, libtorrent(source), syncthing(source), rsync(source), tarNc(source)];
    },
  };
}

/** A folder of a few large files, and one file of as many bytes. */
export function largeFolder(transports: readonly PeerTransport[]): BenchCase {
  const [first] = transports;
  return {
    name: 'folder-large',
    title: `${LARGE_BYTES / 2 ** 30} GiB as one file, and as a folder of ${LARGE_FILES} files`,
    reference: `p2p one file (${first})`,
    contestants: async (folder) => {
      const file = await makeFile(join(folder, 'file'), LARGE_BYTES);
      const files = await makeLargeFiles(join(folder, 'files'), LARGE_FILES, LARGE_BYTES);
      return transports.flatMap((transport) =>
        (['cache', 'disk'] as const).flatMap((durability) => [
          product(file, { transport, durability, label: 'one file' }),
          product(files, { transport, durability, label: 'folder', isFolder: true }),
        ]),
      );
    },
  };
}
