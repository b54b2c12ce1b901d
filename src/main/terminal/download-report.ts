/** How a download is told to people: while it runs and when it is over. Pure. */
import type {
  DownloadProgress,
  DownloadSummary,
  HeldDownload,
  PeerProgress,
  UnwantedDownload,
} from '../api/progress.js';
import { display } from '../../net/display.js';
import type { ProgressView } from './output.js';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatWait,
} from './quantities.js';

/** Peers named in the closing line; the rest are counted. */
const MAX_NAMED_PEERS = 8;

/** What a download may wait for; of several that wait, the first of these says it best. */
export const WAITS = [
  'waiting for the disk',
  'waiting for a peer that has it',
  'waiting in line',
] as const;
const [FOR_DISK, FOR_PEER, IN_LINE] = WAITS;

/** A download as the progress bar shows it. */
export function progressView(progress: DownloadProgress): ProgressView {
  const { fileName, state, size, verified, bytesPerSecond, peers } = progress;
  const { diskWaitMs, diskWaitedMs } = progress;
  const figures = { title: fileName, size, done: verified, bytesPerSecond };
  if (diskWaitMs !== undefined)
    return {
      ...{ ...figures, bytesPerSecond: 0 },
      ...{ phase: FOR_DISK, detail: `for ${formatWait(diskWaitMs)}` },
    };
  if (state === 'queued') return { ...figures, phase: IN_LINE, detail: behind(progress) };
  const connected = peers.filter((peer) => peer.state === 'active');
  const active = connected.length;
  const relayed = connected.filter(({ way }) => way === 'relayed');
  const count = active === 1 ? '1 peer' : `${active} peers`;
  const detail =
    relayed.length > 0
      ? `${count}, ${relayed.length === active ? '' : `${relayed.length} `}${relayedText(relayed)}`
      : count;
  if (state === 'downloading' && active === 0 && diskWaitedMs !== undefined) {
    const detail = `the disk took nothing for ${formatWait(diskWaitedMs)}`;
    return { ...figures, phase: 'connecting again', detail };
  }
  const phase = phaseOf(state, active);
  return { ...figures, ...(phase !== undefined && { phase }), detail };
}

/** Its place changes often: not told as a phase, of which each has a line in a log. */
function behind({ place }: DownloadProgress): string {
  if (place === undefined) return '';
  const ahead = place - 1;
  return ahead === 0 ? 'next' : `behind ${ahead} ${ahead === 1 ? 'other' : 'others'}`;
}

/** What is done now, where the figures do not tell it. */
function phaseOf(state: DownloadProgress['state'], active: number): string | undefined {
  switch (state) {
    case 'downloading':
      return active === 0 ? FOR_PEER : undefined;
    case 'checking':
      return 'checking what is here';
    case 'copying':
      return 'copying what is here';
    default:
      return state;
  }
}

/** `downloaded NAME to PATH: SIZE in T s (RATE), from: alice 60 %, bob 40 %`. */
export function summaryLine(fileName: string, summary: DownloadSummary): string {
  const { path, size, fetched, reused, elapsedMs } = summary;
  const took = `downloaded ${fileName} to ${path}: ${formatBytes(size)} in ${formatDuration(elapsedMs)}`;
  // Nothing came, so that a rate would say nothing.
  if (fetched === 0 && size > 0) return `${took}, all of it from this machine`;
  const rate = formatRate(elapsedMs > 0 ? (fetched / elapsedMs) * 1000 : fetched);
  const before = size - fetched - reused;
  const kept = before > 0 ? `, ${formatBytes(before)} of it from before` : '';
  const copied = reused > 0 ? `, ${formatBytes(reused)} copied from what is here` : '';
  return `${took} (${rate})${kept}${copied}${sources(summary.peers)}`;
}

/** `paused [g] NAME; 1.2 MiB of 4 MiB are kept`. */
export function heldLine(done: string, { groupId, fileName, kept, size }: HeldDownload): string {
  const part = kept > 0 ? `; ${formatBytes(kept)} of ${formatBytes(size)} are kept` : '';
  return `${done} [${groupId}] ${fileName}${part}`;
}

/** `cancelled [g] NAME; 1.2 MiB of it are gone`. */
export function unwantedLine(
  done: string,
  { groupId, fileName, freedBytes, foreignPath }: UnwantedDownload,
  keepsPart: boolean,
): string {
  const what = `${done} [${groupId}] ${fileName}`;
  if (foreignPath !== undefined)
    return `${what}; left as it is, because it is not ours: ${foreignPath}`;
  if (keepsPart) return `${what}; what is verified is kept, run the same download to go on`;
  return freedBytes > 0 ? `${what}; ${formatBytes(freedBytes)} of it are gone` : what;
}

/** `time: connect 0.12 s, transfer 1.90 s, finish 0.05 s`. */
export function phaseLine({ phasesMs }: DownloadSummary): string {
  const phases = (['connect', 'transfer', 'finish'] as const).map(
    (phase) => `${phase} ${formatDuration(phasesMs[phase])}`,
  );
  return `time: ${phases.join(', ')}`;
}

/** `relayed`, or `relayed by carl, dora`: the tracker's relay needs no name. */
function relayedText(peers: readonly PeerProgress[]): string {
  const members = new Set(peers.flatMap(({ relayedBy }) => relayedBy ?? []));
  return members.size > 0
    ? `relayed by ${[...members].map((id) => display(id)).join(', ')}`
    : 'relayed';
}

/** One user may share from several devices; what counts is who gave how much. */
function sources(peers: readonly PeerProgress[]): string {
  const bytesByUser = new Map<string, number>();
  const relayed = new Map<string, PeerProgress[]>();
  for (const peer of peers) {
    const { userId, bytes, way } = peer;
    if (bytes > 0) bytesByUser.set(userId, (bytesByUser.get(userId) ?? 0) + bytes);
    if (bytes > 0 && way === 'relayed') relayed.set(userId, [...(relayed.get(userId) ?? []), peer]);
  }
  const total = [...bytesByUser.values()].reduce((sum, bytes) => sum + bytes, 0);
  const largest = [...bytesByUser].sort(([, a], [, b]) => b - a);
  const named = largest.slice(0, MAX_NAMED_PEERS).map(([userId, bytes]) => {
    const through = relayed.get(userId);
    const how = through ? `, ${relayedText(through)}` : '';
    return `${userId} ${formatPercent(bytes, total)}${how}`;
  });
  const others = largest.length - named.length;
  if (others > 0) named.push(`${others} more`);
  return named.length === 0 ? '' : `, from: ${named.join(', ')}`;
}

/** Several downloads as one, with a row for each; `peers` are of all of them. */
export function progressOfAll(title: string, all: readonly DownloadProgress[]): ProgressView {
  const sum = (of: (one: DownloadProgress) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  return {
    title,
    size: sum(({ size }) => size),
    done: sum(({ verified }) => verified),
    bytesPerSecond: sum(({ bytesPerSecond }) => bytesPerSecond),
    detail: all.length === 1 ? '1 file' : `${all.length} files`,
    parts: all.map(progressView),
  };
}
