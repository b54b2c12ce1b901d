/** What the library tells of a download that does not run in this engine. Pure. */
import type { DownloadProgress } from '../api/progress.js';
import type { LibraryDownload } from '../home/library-records.js';

/** How it stands, by its row. */
export function progressOfRecord(row: LibraryDownload): DownloadProgress {
  const { id, groupId, name: fileName, path, size } = row;
  const kept = row.keptBytes;
  const progress = { verified: kept, kept, fetched: 0, bytesPerSecond: 0, peers: [] };
  const base = { id, groupId, fileName, path, size, ...progress };
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
