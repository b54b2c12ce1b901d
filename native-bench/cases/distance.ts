/** One file over a long way: 1 Gbit/s at 80 and 200 ms, by the usual rule of congestion and by BBR. */
import { join } from 'node:path';
import type { BenchCase } from '../contestant.js';
import { aria2Https } from '../contestants/aria2-https.js';
import { libtorrent } from '../contestants/libtorrent.js';
import { nginx } from '../contestants/nginx.js';
import { product } from '../contestants/product.js';
import { overDistance, type Way } from '../far-link.js';
import { makeFile } from '../files.js';
import type { Site } from '../site.js';

const MBIT_PER_SECOND = 1_000;
/** About 34 ms of the way: less than a round trip, as routers have it. */
const QUEUE_KIB = 4_096;
const MANY_SEEDERS = 4;

export interface DistanceOptions extends Pick<Way, 'roundTripMs' | 'congestionControl'> {
  /** Bytes. */
  readonly size: number;
}

export function distance({ size, roundTripMs, congestionControl }: DistanceOptions): BenchCase {
  const isBbr = congestionControl === 'bbr';
  const way = {
    roundTripMs,
    congestionControl,
    mbitPerSecond: MBIT_PER_SECOND,
    queueKiB: QUEUE_KIB,
  };
  return {
    name: `distance-${roundTripMs}${isBbr ? '-bbr' : ''}`,
    title: `One file of ${size / 2 ** 20} MiB over ${MBIT_PER_SECOND / 1000} Gbit/s and ${roundTripMs} ms, ${congestionControl}`,
    reference: 'nginx → curl (tls)',
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), size);
      const ours = (seederCount: number) => (site: Site) =>
        product(source, { transport: 'tls', seederCount, site });
      return [
        (site: Site) => nginx(source, 'tls', site),
        ours(1),
        ours(MANY_SEEDERS),
        (site: Site) => aria2Https(source, site),
        (site: Site) => libtorrent(source, 1, site),
        (site: Site) => libtorrent(source, MANY_SEEDERS, site),
      ].map((of) => overDistance(way, of));
    },
  };
}
