/** What the library tells of a download, with what this engine has of it. Pure. */
import type { DownloadProgress } from '../api/progress.js';
import type { LibraryDownload } from '../home/library-records.js';

const ENDED: ReadonlySet<DownloadProgress['state']> = new Set<DownloadProgress['state']>([
  ...(['complete', 'failed', 'cancelled', 'paused'] as const),
]);

/**
 * How it stands, by its row and by what this engine has of it. Of one that has ended here the row is newer: other
 * commands may have removed what it kept, or resume it no more.
 */
export function standingOf(
  row: LibraryDownload,
  here: DownloadProgress | undefined,
): DownloadProgress {
  if (!here) return progressOfRecord(row);
  // Its end is noted a moment later.
  if (row.state === 'running' || !ENDED.has(here.state)) return here;
  const { fetched, peers } = here;
  return { ...progressOfRecord(row), fetched, peers };
}

/** How it stands, by its row. */
function progressOfRecord(row: LibraryDownload): DownloadProgress {
  const { id, groupId, name: fileName, fileId, path, size } = row;
  const kept = row.keptBytes;
  const progress = { verified: kept, kept, fetched: 0, bytesPerSecond: 0, peers: [] };
  const base = { id, groupId, fileName, fileId, path, size, ...progress };
  switch (row.state) {
    case 'complete':
      return { ...base, state: 'complete', verified: size, kept: size };
    case 'failed':
      if (row.error.code === 'CANCELLED') return { ...base, state: 'cancelled' };
      if (row.error.code === 'PAUSED') return { ...base, state: 'paused' };
      return { ...base, state: 'failed', error: row.error };
    case 'running':
      // None of this engine, which would tell of it: one that has ended left it.
      return { ...base, state: 'interrupted' };
  }
}
