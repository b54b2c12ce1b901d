/** Every number that a run can answer: its unit, how it is shown, and which way is better. */

export interface MetricDefinition {
  readonly title: string;
  readonly digits: number;
  /** Whether the table has a column with its ratio to the reference. */
  readonly hasRatio: boolean;
}

export const metricDefinitions = {
  /** Decimal megabytes per second, process start included. */
  coldMBps: { title: 'cold, MB/s', digits: 0, hasRatio: true },
  /** From the first byte to the last. */
  steadyMBps: { title: 'steady, MB/s', digits: 0, hasRatio: true },
  /** Of the way between two machines, while the middle half of the bytes came. */
  linkPercent: { title: 'middle, % of the link', digits: 0, hasRatio: false },
  filesPerSecond: { title: 'files/s', digits: 0, hasRatio: true },
  /** Whole process. */
  elapsedMs: { title: 'ms', digits: 0, hasRatio: true },
  /** Of the command that shares, and of the one that fetches. */
  shareMs: { title: 'upload, ms', digits: 0, hasRatio: true },
  fetchMs: { title: 'download, ms', digits: 0, hasRatio: true },
  /** VmHWM of all processes of the downloader. */
  peakMB: { title: 'peak memory, MB', digits: 0, hasRatio: false },
  /** VmHWM of who shares, from its start on. */
  sharerPeakMB: { title: "sharer's peak memory, MB", digits: 0, hasRatio: false },
  eventLoopDelayP99Ms: { title: 'event loop p99, ms', digits: 1, hasRatio: false },
  /** Time until the last downloader was done, over size / rate. */
  timesBound: { title: 'last done, × size/rate', digits: 2, hasRatio: false },
  /** Answered. */
  requestsPerSecond: { title: 'requests/s', digits: 0, hasRatio: true },
  /** Files that were shared beside what was asked. */
  sharesPerSecond: { title: 'shares/s', digits: 0, hasRatio: true },
  /** Processor time of the tracker's process, all threads. */
  trackerUsPerRequest: { title: "tracker's CPU, µs each", digits: 0, hasRatio: true },
  /** The same of the processes that make the load: if it is more, they are the limit. */
  makerUsPerRequest: { title: "load maker's CPU, µs each", digits: 0, hasRatio: false },
  answerP50Ms: { title: 'answer p50, ms', digits: 1, hasRatio: false },
  answerP99Ms: { title: 'answer p99, ms', digits: 1, hasRatio: false },
  answerMaxMs: { title: 'longest answer, ms', digits: 0, hasRatio: false },
  /** Of who leaves a group, and the longest of those who share meanwhile. */
  leftMs: { title: 'left after, ms', digits: 0, hasRatio: false },
  shareMaxMs: { title: 'longest share, ms', digits: 0, hasRatio: false },
  /** From the start of the process until it listens. */
  startMs: { title: 'start, ms', digits: 0, hasRatio: false },
  middleMs: { title: 'half of them, ms', digits: 0, hasRatio: false },
  leaveUs: { title: "tracker's CPU for one who goes, µs", digits: 0, hasRatio: false },
  allMs: { title: 'all of them, ms', digits: 0, hasRatio: false },
  /** Processor time of the tracker's process for all of it. */
  trackerMs: { title: "tracker's CPU, ms", digits: 0, hasRatio: false },
  /** Attempts to connect that were in vain. */
  failures: { title: 'vain attempts', digits: 0, hasRatio: false },
  /** Of these, those that the tracker told to come back. */
  sentBack: { title: 'told to come back', digits: 0, hasRatio: false },
  /** Of these, those that nobody answered in time. */
  late: { title: 'timed out', digits: 0, hasRatio: false },
  /** VmRSS of the tracker before anybody came. */
  emptyMB: { title: 'empty tracker, MB', digits: 0, hasRatio: false },
  /** What each connection adds to that. */
  silentKiB: { title: 'silent connection, KiB', digits: 1, hasRatio: false },
  onlineKiB: { title: 'online, KiB', digits: 1, hasRatio: false },
  askingKiB: { title: 'asking connection, KiB', digits: 1, hasRatio: false },
  /** What the seed sent, over the size. */
  seedCopies: { title: 'copies sent by the seed', digits: 2, hasRatio: false },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricDefinitions;

export const metricNames = Object.keys(metricDefinitions) as MetricName[];

/** Decimal megabytes per second. */
export function megabytesPerSecond(bytes: number, elapsedMs: number): number {
  return bytes / 1000 / elapsedMs;
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2 || sorted[0]!;
}
