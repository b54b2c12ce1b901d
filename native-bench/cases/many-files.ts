/** Two thousand small files, one after another in one command. */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import type { BenchCase, Contestant } from '../contestant.js';
import { libtorrent } from '../contestants/libtorrent.js';
import { product } from '../contestants/product.js';
import { rsync } from '../contestants/rsync.js';
import { syncthing } from '../contestants/syncthing.js';
import { tarNc } from '../contestants/tar-nc.js';
import { makeFiles } from '../files.js';
import { productProgram } from '../paths.js';
import { Processes } from '../processes.js';

const FILE_COUNT = 2_000;
const FILE_BYTES = 64 * 1024;

export function manyFiles(transports: readonly PeerTransport[]): BenchCase {
  return {
    name: 'many-files',
    title: `${FILE_COUNT} files of ${FILE_BYTES / 1024} KiB in one command`,
    reference: 'libtorrent',
    contestants: async (folder) => {
      const source = await makeFiles(join(folder, 'source'), FILE_COUNT, FILE_BYTES);
      const ours = transports.flatMap((transport): Contestant[] =>
        (['cache', 'disk'] as const).map((durability) => {
          return { ...product(source, { transport, durability }), missing: missingOption };
        }),
      );
      return [...ours, libtorrent(source), syncthing(source), rsync(source), tarNc(source)];
    },
  };
}

async function missingOption(): Promise<string | undefined> {
  const args = [productProgram, 'download', '--help'];
  const { stdout } = await new Processes().run({ program: process.execPath, args });
  return /--all\b/.test(stdout) ? undefined : 'p2p download has no option --all';
}
