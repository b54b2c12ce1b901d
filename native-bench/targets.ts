/** What the product has set itself, checked against the results of one run. Pure. */
import { median, type MetricName } from './metrics.js';
import type { CaseResult } from './rounds.js';

/** One number of the results. */
interface Figure {
  readonly caseName: string;
  readonly contestant: string;
  readonly metric: MetricName;
}

interface Target {
  readonly title: string;
  readonly of: Figure;
  /** What `of` is divided by; without it `of` counts as it is. */
  readonly to?: Figure;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const one = (contestant: string, metric: MetricName): Figure => {
  return { caseName: 'one-seeder', contestant, metric };
};
const four = (contestant: string): Figure => {
  return { caseName: 'four-seeders', contestant, metric: 'coldMBps' };
};
const crowd = (contestant: string, metric: MetricName): Figure => {
  return { caseName: 'flash-crowd', contestant, metric };
};
const large = (contestant: string): Figure => {
  return { caseName: 'large-file', contestant, metric: 'peakMB' };
};
const hashed = (contestant: string): Figure => {
  return { caseName: 'hashing', contestant, metric: 'steadyMBps' };
};
const folder = (caseName: string, contestant: string): Figure => {
  return { caseName, contestant, metric: 'filesPerSecond' };
};
const far = (caseName: string, contestant: string, metric: MetricName): Figure => {
  return { caseName, contestant, metric };
};
const LIMIT = 'limit (C++)';

/** Percent of the link in the middle, for each distance. */
const LINK_PERCENT: readonly (readonly [caseName: string, who: string, atLeast: number])[] = [
  ['distance-80', 'p2p (tls)', 85],
  ['distance-80', 'p2p (tls, 4 seeders)', 90],
  ['distance-200', 'p2p (tls)', 70],
  ['distance-80-bbr', 'p2p (tls)', 92],
  ['distance-200-bbr', 'p2p (tls)', 92],
];

const TARGETS: readonly Target[] = [
  ...LINK_PERCENT.map(([caseName, who, atLeast]) => ({
    title: `${caseName}, ${who}, middle, % of the link`,
    of: far(caseName, who, 'linkPercent'),
    atLeast,
  })),
  ...['distance-80', 'distance-80-bbr', 'distance-200', 'distance-200-bbr'].flatMap((caseName) =>
    ['nginx → curl (tls)', 'nginx → aria2 (tls, 8 connections)', 'libtorrent'].map((rival) => ({
      title: `${caseName}, cold, against ${rival}`,
      of: far(caseName, 'p2p (tls)', 'coldMBps'),
      to: far(caseName, rival, 'coldMBps'),
      atLeast: 0.9,
    })),
  ),
  {
    title: 'clear, cold, against the limit',
    of: one('p2p (tcp)', 'coldMBps'),
    to: one(LIMIT, 'coldMBps'),
    atLeast: 0.6,
  },
  {
    title: 'clear, cold, against libtorrent',
    of: one('p2p (tcp)', 'coldMBps'),
    to: one('libtorrent', 'coldMBps'),
    atLeast: 3,
  },
  {
    title: 'clear, steady, against the limit',
    of: one('p2p (tcp)', 'steadyMBps'),
    to: one(LIMIT, 'steadyMBps'),
    atLeast: 0.85,
  },
  {
    title: 'TLS, steady, against the limit',
    of: one('p2p (tls)', 'steadyMBps'),
    to: one(LIMIT, 'steadyMBps'),
    atLeast: 0.45,
  },
  {
    title: 'TLS, steady, against Syncthing',
    of: one('p2p (tls)', 'steadyMBps'),
    to: one('Syncthing', 'steadyMBps'),
    atLeast: 1.4,
  },
  {
    title: '4 seeders against 1, clear',
    of: four('p2p (tcp, 4 seeders)'),
    to: four('p2p (tcp)'),
    atLeast: 0.9,
  },
  {
    title: '4 seeders against 1, TLS',
    of: four('p2p (tls, 4 seeders)'),
    to: four('p2p (tls)'),
    atLeast: 0.9,
  },
  {
    title: 'peak memory of the downloader, clear, MB',
    of: one('p2p (tcp)', 'peakMB'),
    atMost: 130,
  },
  { title: 'peak memory of the downloader, TLS, MB', of: one('p2p (tls)', 'peakMB'), atMost: 130 },
  {
    title: 'peak memory, 8 GiB against 256 MiB, clear',
    of: large('p2p (tcp)'),
    to: one('p2p (tcp)', 'peakMB'),
    atMost: 1.1,
  },
  {
    title: 'peak memory, 8 GiB against 256 MiB, TLS',
    of: large('p2p (tls)'),
    to: one('p2p (tls)', 'peakMB'),
    atMost: 1.1,
  },
  {
    title: 'event-loop delay of the main thread, p99, ms',
    of: one('p2p (tcp)', 'eventLoopDelayP99Ms'),
    atMost: 20,
  },
  {
    title: 'flash crowd, last done over size/rate, clear',
    of: crowd('p2p (tcp)', 'timesBound'),
    atMost: 1.25,
  },
  {
    title: 'flash crowd, last done over size/rate, TLS',
    of: crowd('p2p (tls)', 'timesBound'),
    atMost: 1.25,
  },
  {
    title: 'flash crowd, copies sent by the seed, clear',
    of: crowd('p2p (tcp)', 'seedCopies'),
    atMost: 1.3,
  },
  {
    title: 'flash crowd, copies sent by the seed, TLS',
    of: crowd('p2p (tls)', 'seedCopies'),
    atMost: 1.3,
  },
  {
    title: '2,000 files of 64 KiB, files/s',
    of: { caseName: 'many-files', contestant: 'p2p (tcp)', metric: 'filesPerSecond' },
    atLeast: 300,
  },
  {
    title: 'a folder of 2,000 × 64 KiB, files/s against libtorrent, clear',
    of: folder('folder-64k', 'p2p (tcp)'),
    to: folder('folder-64k', 'libtorrent'),
    atLeast: 1,
  },
  {
    title: 'a folder of 2,000 × 64 KiB, files/s against Syncthing, TLS',
    of: folder('folder-64k', 'p2p (tls)'),
    to: folder('folder-64k', 'Syncthing'),
    atLeast: 2,
  },
  {
    title: 'a folder of 10,000 × 4 KiB, files/s against libtorrent, clear',
    of: folder('folder-4k', 'p2p (tcp)'),
    to: folder('folder-4k', 'libtorrent'),
    atLeast: 1,
  },
  {
    title: 'a folder of 10,000 × 4 KiB, files/s (1,250 are 8 s), on the disk',
    of: folder('folder-4k', 'p2p (tcp, disk)'),
    atLeast: 1_250,
  },
  {
    title: 'a folder of 100,000 × 1 KiB, peak memory of the downloader, MB',
    of: { ...folder('folder-1k', 'p2p (tcp)'), metric: 'peakMB' },
    atMost: 200,
  },
  {
    title: 'a folder of 100,000 × 1 KiB, peak memory of the sharer, MB',
    of: { ...folder('folder-1k', 'p2p (tcp)'), metric: 'sharerPeakMB' },
    atMost: 200,
  },
  {
    title: '4 GiB as a folder of eight files against one file, clear',
    of: { ...folder('folder-large', 'p2p folder (tcp)'), metric: 'coldMBps' },
    to: { ...folder('folder-large', 'p2p one file (tcp)'), metric: 'coldMBps' },
    atLeast: 0.95,
  },
  {
    title: 'SHA-1 kernel against hash-wasm, all threads',
    of: hashed('p2p threads (wasm)'),
    to: hashed('p2p threads (hash-wasm)'),
    atLeast: 2.2,
  },
];

/** Sharing a file keeps every core busy; a target that depends on how many there are. */
function sharingTarget(cores: number): Target {
  return {
    title: `hashing a cached file with ${cores} threads, against one thread in memory`,
    of: hashed('p2p threads (wasm)'),
    to: hashed('p2p engine (wasm)'),
    atLeast: Math.round(0.85 * cores * 100) / 100,
  };
}

/** The targets whose cases were run, as Markdown. */
export function targetLines(cases: readonly CaseResult[], cores: number): string[] {
  const rows = [...TARGETS, sharingTarget(cores)].flatMap((target) => {
    const reached = valueOf(target, cases);
    return reached === undefined ? [] : [targetRow(target, reached)];
  });
  if (rows.length === 0) return [];
  return [
    '## Targets',
    '',
    '| target | demanded | reached | |',
    '| --- | ---: | ---: | --- |',
    ...rows,
  ];
}

function targetRow({ title, atLeast, atMost }: Target, reached: number): string {
  const isMet = reached >= (atLeast ?? -Infinity) && reached <= (atMost ?? Infinity);
  const demanded = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  const digits = reached < 20 ? 2 : 0;
  return `| ${title} | ${demanded} | ${reached.toFixed(digits)} | ${isMet ? 'met' : 'not met'} |`;
}

function valueOf({ of, to }: Target, cases: readonly CaseResult[]): number | undefined {
  const value = medianOf(of, cases);
  if (to === undefined || value === undefined) return value;
  const other = medianOf(to, cases);
  return other === undefined ? undefined : value / other;
}

function medianOf(figure: Figure, cases: readonly CaseResult[]): number | undefined {
  const { caseName, contestant, metric } = figure;
  const rows = cases.find(({ name }) => name === caseName)?.rows ?? [];
  const row = rows.find((candidate) => candidate.contestant === contestant);
  const samples = row?.samples.flatMap((sample) => sample[metric] ?? []) ?? [];
  return samples.length === 0 ? undefined : median(samples);
}
