/**
 * What a file waits for, from what is known of it here. Pure: facts go in, the cause comes out as data;
 * terminal/why-lines.ts has the sentences.
 */
import type { FileRow } from '../../net/tracker-api.js';
import type { Status } from '../api/client-status.js';
import type { DownloadProgress, PeerProgress } from '../api/progress.js';
import type { HoldingLimit } from '../api/rate-limits.js';
import type { SharedFile } from '../api/shared-files.js';
import type { PeerNow, WhyCause } from '../api/why.js';
import { heldBy } from './held-by-limit.js';

/** Verified bytes that are not on the disk; a disk that keeps up leaves less. */
const DISK_BEHIND_BYTES = 128 * 2 ** 20;

/** What is known here of a file. */
export interface WhyFacts {
  readonly status: Pick<
    Status,
    'userId' | 'tracker' | 'isTrackerConnected' | 'trafficBytesPerSecond'
  >;
  /** What this client may take, and how much all downloads of the group take just now. */
  readonly holding: readonly HoldingLimit[];
  readonly groupBytesPerSecond: number;
  /** The download that matters, if there is one. */
  readonly download: DownloadProgress | undefined;
  readonly share: SharedFile | undefined;
  /**
   * The row of the file in its group; `none` when the group has no such file, undefined when the tracker was not asked,
   * or is away.
   */
  readonly row: Row | 'none' | undefined;
}

type Row = Pick<FileRow, 'sources' | 'sharer' | 'fileId'>;

/** The one that matters of several downloads of each of these files: one that runs, else the last. */
export function downloadsThatMatter(
  all: readonly DownloadProgress[],
  groupId: string,
  fileNames: readonly string[],
): ReadonlyMap<string, DownloadProgress> {
  const wanted = new Set(fileNames);
  const found = new Map<string, DownloadProgress>();
  for (const one of all) {
    if (one.groupId !== groupId || !wanted.has(one.fileName)) continue;
    const before = found.get(one.fileName);
    if (before === undefined || isUnderWay(one) || !isUnderWay(before))
      found.set(one.fileName, one);
  }
  return found;
}

/** True while somebody downloads it. */
export function isUnderWay({ state }: Pick<DownloadProgress, 'state'>): boolean {
  return ['queued', 'checking', 'copying', 'downloading', 'finishing'].includes(state);
}

/** Each peer with its rate between two looks, `elapsedMs` apart. */
export function peersNow(
  before: readonly PeerProgress[],
  after: readonly PeerProgress[],
  elapsedMs: number,
): PeerNow[] {
  return after.map((peer) => {
    const was = before.find(({ deviceId }) => deviceId === peer.deviceId)?.bytes ?? 0;
    const bytesPerSecond = elapsedMs > 0 ? (Math.max(0, peer.bytes - was) * 1000) / elapsedMs : 0;
    return { ...peer, bytesPerSecond };
  });
}

/** What the file waits for. */
export function causeOf(facts: WhyFacts): WhyCause {
  const { status, download, share, row } = facts;
  if (download && isUnderWay(download)) return underWayCause(download, facts);
  if (download?.state === 'complete' && (!share || isWell(share)))
    return { cause: 'complete', path: download.path };
  if (share) return { cause: 'shared', share };
  if (status.userId === undefined) return { cause: 'logged-out' };
  if (download?.state === 'failed' && download.error)
    return { cause: 'failed', message: download.error.message };
  if (download?.state === 'paused') return { cause: 'paused' };
  if (download) return { cause: 'stopped', kept: download.kept, size: download.size };
  if (!row) return { cause: 'tracker-away', tracker: status.tracker };
  if (row === 'none') return { cause: 'no-holder', sharer: undefined };
  if (row.sources === 0) return { cause: 'no-holder', sharer: row.sharer };
  return { cause: 'not-begun', sources: row.sources };
}

function isWell({ state }: SharedFile): boolean {
  return state === 'served' || state === 'idle';
}

function underWayCause(download: DownloadProgress, facts: WhyFacts): WhyCause {
  const { status, row } = facts;
  const { state } = download;
  if (state === 'copying') return { cause: 'checking' };
  if (state === 'checking' || state === 'finishing') return { cause: state };
  const { diskWaitMs: waitMs, diskWaitedMs } = download;
  if (waitMs !== undefined) return { cause: 'disk-silent', waitMs };
  if (state === 'queued') return { cause: 'in-line', place: download.place };
  if (download.bytesPerSecond > 0) return paceOf(download, facts);
  const { peers } = download;
  const others = peers.filter((peer) => peer.state !== 'banned');
  if (peers.length > 0 && others.length === 0) return { cause: 'banned' };
  if (diskWaitedMs !== undefined && !others.some(isConnected))
    return { cause: 'disk-back', waitMs: diskWaitedMs };
  if (others.every((peer) => peer.state === 'gone'))
    return goneCause(peers.length - others.length, others.length, status, rowOf(download, row));
  return others.some(isConnected) ? { cause: 'silent' } : { cause: 'unreached' };
}

function isConnected({ state }: PeerProgress): boolean {
  return state === 'active' || state === 'snubbed';
}

/** The row as far as it is about the content that is downloaded: the name may stand for another by now. */
function rowOf({ fileId }: DownloadProgress, row: WhyFacts['row']): WhyFacts['row'] {
  return row !== undefined && row !== 'none' && row.fileId !== fileId ? 'none' : row;
}

/** Nobody is connected: so many are banned, the others were met or looked for, and are gone. */
function goneCause(
  banned: number,
  gone: number,
  status: WhyFacts['status'],
  row: WhyFacts['row'],
): WhyCause {
  if (!status.isTrackerConnected) return { cause: 'tracker-away', tracker: status.tracker };
  if (row === 'none') return { cause: 'no-holder', sharer: undefined };
  if (gone === 0 || row?.sources === 0) return { cause: 'no-holder', sharer: row?.sharer };
  // Those who are told of are the banned ones; the others are offline by now.
  if (row !== undefined && row.sources <= banned) return { cause: 'banned' };
  return { cause: 'unreached' };
}

/** What holds the pace of one that moves. */
function paceOf(
  download: DownloadProgress,
  { status, holding, groupBytesPerSecond: group }: WhyFacts,
): WhyCause {
  const { received } = status.trafficBytesPerSecond;
  const limit = heldBy(
    download.groupId,
    { own: download.bytesPerSecond, group, received },
    holding,
  );
  if (limit !== undefined) return { cause: 'own-limit', ...limit };
  const waiting = download.verified - download.kept;
  return waiting >= DISK_BEHIND_BYTES ? { cause: 'disk', waiting } : { cause: 'peers' };
}
