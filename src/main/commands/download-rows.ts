/** A download as a row of a table, for people. */
import type { DownloadProgress } from '../api/progress.js';
import {
  formatBytes,
  formatPercent,
  formatRate,
  formatTimeLeft,
  formatWait,
} from '../terminal/quantities.js';
import type { Cell, Column } from '../terminal/table.js';

export const downloadColumns: readonly Column[] = [
  { name: 'state', isWhole: true },
  { name: 'group', spare: 2 },
  { name: 'file' },
  { name: 'size', kind: 'bytes', spare: 6 },
  { name: 'done' },
  { name: 'here', spare: 1 },
  { name: 'rate', spare: 7 },
  { name: 'left', spare: 5 },
  { name: 'peers', spare: 3 },
  { name: 'to', spare: 4 },
];

/** What does not move has no rate, no time and no peers. */
export function downloadRow(download: DownloadProgress): Cell[] {
  const { groupId, fileName, size, verified, kept, bytesPerSecond, path, state } = download;
  const isMoving = state === 'downloading';
  const done = isMoving || ['finishing', 'checking', 'copying'].includes(state) ? verified : kept;
  const active = download.peers.filter((peer) => peer.state === 'active').length;
  const leftMs = bytesPerSecond > 0 ? ((size - done) / bytesPerSecond) * 1000 : undefined;
  return [
    ...[wordOf(download), groupId, fileName, size],
    ...(state === 'complete'
      ? [formatPercent(1, 1), formatBytes(size)]
      : [formatPercent(done, size), formatBytes(done)]),
    isMoving ? formatRate(bytesPerSecond) : '',
    isMoving && leftMs !== undefined ? formatTimeLeft(leftMs) : '',
    isMoving ? active : '',
    path,
  ];
}

function wordOf({ state, place, diskWaitMs }: DownloadProgress): string {
  if (diskWaitMs !== undefined) return `waits for the disk (${formatWait(diskWaitMs)})`;
  if (state === 'queued') return place === undefined ? state : `queued (${place})`;
  return state === 'cancelled' ? 'stopped' : state;
}
