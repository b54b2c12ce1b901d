/** The product: `p2p serve` on the seeders' side, one `p2p download` per round. */
import { basename, join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { alwaysThere, type Contestant, type Metrics, type Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { productProgram } from '../paths.js';
import type { Finished, Running } from '../processes.js';
import { loopback, type Site } from '../site.js';
import { downloadReport, GROUP, ProductSwarm } from '../product-swarm.js';

export interface ProductOptions {
  readonly transport: PeerTransport;
  /** Whether a file is complete once it is on the disk. @default 'cache', as most rivals have it */
  readonly durability?: 'disk' | 'cache';
  /** @default 1 */
  readonly seederCount?: number;
  /** The folder of the source as one item. */
  readonly isFolder?: boolean;
  /** What tells it from other versions of the product in the same case. */
  readonly label?: string;
  /** @default this machine */
  readonly site?: Site;
  /** @default the product of this project */
  readonly program?: string;
}

const DOWNLOADER = 'zoe';

function productName(
  transport: PeerTransport,
  durability: 'disk' | 'cache',
  label: string | undefined,
  seeders: string,
): string {
  const disk = durability === 'disk' ? ', disk' : '';
  return `p2p${label === undefined ? '' : ` ${label}`} (${transport}${disk}${seeders})`;
}

export function product(source: Source, options: ProductOptions): Contestant {
  const { transport, durability = 'cache', seederCount = 1, label } = options;
  const seeders = seederCount === 1 ? '' : `, ${seederCount} seeders`;
  return {
    name: productName(transport, durability, label, seeders),
    about: transport === 'tls' ? 'SHA-1, TLS 1.3' : 'SHA-1, clear',
    isProduct: true,
    missing: alwaysThere,
    open: (stage) => open(source, options, stage),
  };
}

async function open(
  source: Source,
  options: ProductOptions,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const { transport, durability = 'cache', seederCount = 1, isFolder = false } = options;
  const { program = productProgram, site = loopback } = options;
  const seeders = Array.from({ length: seederCount }, (_, index) => `seeder${index + 1}`);
  const members = [...seeders, DOWNLOADER];
  const swarm = await ProductSwarm.open({
    ...{ program, folder, processes, transport, members, site },
    fetchers: [DOWNLOADER],
  });
  const { folder: root, names } = source;
  const paths = isFolder ? [root] : names.map((name) => join(root, name));
  const serving: Running[] = [];
  for (const seeder of seeders) serving.push(await swarm.shareAndServe(seeder, paths));
  const help = await processes.run({
    program: process.execPath,
    args: [program, 'download', '--help'],
  });
  const knowsDurability = help.stdout.includes('--durability');
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const one = isFolder ? basename(root) : names.length === 1 ? names[0] : undefined;
    const what = one === undefined ? ['--all'] : [one];
    const args = ['download', GROUP, ...what, destination, '--host', site.fetchingHost, '--quiet'];
    // A version without the option syncs nothing.
    const sync = knowsDurability ? ['--durability', durability] : [];
    const finished = await swarm.run(DOWNLOADER, [...args, ...sync, '--json']);
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    const metrics = metricsOf(source, finished, what[0] !== '--all', durability);
    if (!isFolder) return metrics;
    const sharer = Math.max(...serving.map((running) => running.peakBytes()));
    const filesPerSecond = (names.length * 1000) / finished.elapsedMs;
    return { ...metrics, filesPerSecond, sharerPeakMB: sharer / 1e6 };
  };
}

function metricsOf(
  source: Source,
  { elapsedMs, peakBytes, stdout }: Finished,
  isOneItem: boolean,
  durability: 'disk' | 'cache',
): Metrics {
  const common = {
    coldMBps: megabytesPerSecond(source.size, elapsedMs),
    peakMB: peakBytes / 1e6,
  };
  if (!isOneItem) {
    return { ...common, filesPerSecond: (source.names.length * 1000) / elapsedMs };
  }
  const report = downloadReport(stdout);
  const { eventLoopDelayUs } = report;
  const delay = eventLoopDelayUs ? { p99: eventLoopDelayUs.p99 / 1_000 } : report.eventLoopDelayMs;
  const { transfer, finish } = report.phasesMs;
  return {
    ...common,
    // On the disk it is only at the end.
    steadyMBps: megabytesPerSecond(source.size, transfer + (durability === 'disk' ? finish : 0)),
    ...(delay === undefined ? {} : { eventLoopDelayP99Ms: delay.p99 }),
  };
}
