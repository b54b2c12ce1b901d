/** Who is under load: the product, and where the work is comparable npm's bittorrent-tracker. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { alwaysThere } from '../contestant.js';
import { peersFolder, torrentTrackerEntry } from '../paths.js';
import { processorMs } from './processor-time.js';
import { LoadMakers } from './load-makers.js';
import type { OrderResult } from './orders.js';
import { seedWorld } from './seed.js';
import { TrackerUnderLoad } from './tracker-under-load.js';

export interface LoadOptions {
  /** Path of bin/p2p.js of the version that is measured. */
  readonly program: string;
  readonly connections: number;
  readonly makers: number;
  /** How long each loop goes on. */
  readonly forMs: number;
  /** Files that the last device shares besides. @default none */
  readonly extraFiles?: number;
  /** @default MEMBERS_PER_GROUP */
  readonly membersPerGroup?: number;
  /** Options of the tracker's Node. @default none */
  readonly nodeArgs?: readonly string[];
  /** What the tracker's environment has besides. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

/** What one round works with. */
export interface LoadStage {
  readonly tracker: TrackerUnderLoad;
  readonly makers: LoadMakers;
  /** A number that rises from round to round. */
  readonly round: number;
}

/** The product; `run` is one round of the case. */
export function productUnderLoad(
  options: LoadOptions,
  run: (stage: LoadStage) => Promise<Metrics>,
  before: (stage: Omit<LoadStage, 'round'>) => Promise<void> = async () => undefined,
): Contestant {
  const {
    program,
    connections: devices,
    extraFiles,
    membersPerGroup,
    nodeArgs = [],
    env = {},
  } = options;
  return {
    name: 'p2p tracker',
    about: 'accounts, TLS 1.3',
    isProduct: true,
    missing: alwaysThere,
    open: async ({ folder, processes }) => {
      const dataDir = join(folder, 'tracker');
      const world = await seedWorld({
        ...{ dataDir, devices },
        ...(extraFiles !== undefined && { extraFiles }),
        ...(membersPerGroup !== undefined && { membersPerGroup }),
      });
      const tracker = new TrackerUnderLoad(processes, { program, dataDir, nodeArgs, env });
      await tracker.start();
      const makers = await LoadMakers.start(processes, folder, world, options.makers);
      await before({ tracker, makers });
      let round = 0;
      return () => run({ tracker, makers, round: ++round });
    },
  };
}

/** npm's tracker, which is asked in a closed loop. */
export function rivalUnderLoad(options: LoadOptions): Contestant {
  return {
    name: 'bittorrent-tracker',
    about: 'neither',
    missing: async () => {
      try {
        await access(torrentTrackerEntry);
        return undefined;
      } catch {
        return 'not installed; npm run bench:setup installs it';
      }
    },
    open: (stage) => openRival(options, stage),
  };
}

async function openRival(
  { connections, makers: makerCount, forMs }: LoadOptions,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const running = processes.start({
    program: process.execPath,
    args: [join(peersFolder, 'torrent-tracker.mjs'), torrentTrackerEntry],
  });
  const port = Number(await running.nextLine());
  const world = await seedWorld({ dataDir: join(folder, 'unused'), devices: connections });
  const makers = await LoadMakers.start(processes, folder, world, makerCount);
  const open = { order: 'open', target: 'rival', port, count: connections, atATime: 16 } as const;
  requireFine(await makers.order(open));
  let round = 0;
  return async () => {
    const before = processorMs(running.pid);
    const seed = ++round * connections;
    const loop = { order: 'loop', kind: 'announce', count: connections, forMs, seed } as const;
    const result = requireFine(await makers.order(loop));
    return metricsOf(result, processorMs(running.pid) - before);
  };
}

/** @throws Error when something was refused: then the figures are not of what they say */
export function requireFine(result: OrderResult): OrderResult {
  if (result.errors > 0)
    throw new Error(`${result.errors} refused, the first with ${result.refusal}`);
  return result;
}

/** Rate, times and processor time of requests. */
export function metricsOf(result: OrderResult, trackerCpuMs: number): Metrics {
  const { requests, elapsedMs, p50Ms, p99Ms, cpuMs } = result;
  return {
    requestsPerSecond: (requests * 1000) / elapsedMs,
    trackerUsPerRequest: (trackerCpuMs * 1000) / requests,
    makerUsPerRequest: (cpuMs * 1000) / requests,
    answerP50Ms: p50Ms,
    answerP99Ms: p99Ms,
  };
}
