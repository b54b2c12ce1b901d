/** One downloader gets one file, from one seeder and from four; and a very large file. */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import type { BenchCase, Contestant } from '../contestant.js';
import { aria2 } from '../contestants/aria2.js';
import { libtorrent } from '../contestants/libtorrent.js';
import { limit, limitName } from '../contestants/limit.js';
import { nginx } from '../contestants/nginx.js';
import { product } from '../contestants/product.js';
import { syncthing } from '../contestants/syncthing.js';
import { webtorrent } from '../contestants/webtorrent.js';
import { makeFile } from '../files.js';

const LARGE_BYTES = 8 * 2 ** 30;
const MANY_SEEDERS = 4;

export interface TransferOptions {
  readonly transports: readonly PeerTransport[];
  /** Bytes. */
  readonly size: number;
}

export function oneSeeder({ transports, size }: TransferOptions): BenchCase {
  return {
    name: 'one-seeder',
    title: `One file of ${size / 2 ** 20} MiB from one seeder`,
    reference: limitName('send'),
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), size);
      return [
        limit(source, 'send'),
        limit(source, 'sendfile'),
        limit(source, 'node'),
        ...transports.map((transport) => product(source, { transport })),
        limit(source, 'disk'),
        ...transports.map((transport) => product(source, { transport, durability: 'disk' })),
        ...transports.map((transport) => nginx(source, transport)),
        syncthing(source),
        libtorrent(source),
        aria2(source),
        webtorrent(source),
      ];
    },
  };
}

export function fourSeeders({ transports, size }: TransferOptions): BenchCase {
  return {
    name: 'four-seeders',
    title: `One file of ${size / 2 ** 20} MiB from four seeders instead of one`,
    reference: limitName('send'),
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), size);
      const ours = transports.flatMap((transport): Contestant[] => [
        product(source, { transport }),
        product(source, { transport, seederCount: MANY_SEEDERS }),
      ]);
      const rivals = [libtorrent, aria2, webtorrent].map((rival) => rival(source, MANY_SEEDERS));
      return [limit(source, 'send'), ...ours, ...rivals];
    },
  };
}

export function largeFile({ transports }: TransferOptions): BenchCase {
  return {
    name: 'large-file',
    title: `One file of ${LARGE_BYTES / 2 ** 30} GiB from one seeder`,
    reference: limitName('send'),
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), LARGE_BYTES);
      const ours = transports.map((transport) => product(source, { transport }));
      return [limit(source, 'send'), ...ours, libtorrent(source)];
    },
  };
}
