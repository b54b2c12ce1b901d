/**
 * Stops downloads: until somebody resumes them, which no restart of the client does; or one for whoever waited for it.
 * What is verified stays. Owns no state.
 */
import { CancelledError, TrackerError, toWireError } from '../../net/errors.js';
import { paused } from '../api/paused.js';
import type { WhichDownloads } from '../api/engine-api.js';
import type { HeldDownload } from '../api/progress.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { Downloads } from './downloads.js';
import { matcherOf, noSuchDownload, requireOne } from './which-downloads.js';

export interface PauseOwners {
  readonly library: () => Promise<Pick<Library, 'listDownloads' | 'failDownload' | 'gather'>>;
  readonly downloads: Pick<Downloads, 'running' | 'pause'>;
}

/**
 * Pauses those that match and are not complete, whether they run or not; answers them.
 * @throws P2pError NO_SUCH_DOWNLOAD when there is none
 */
export async function pauseDownloads(
  { library, downloads }: PauseOwners,
  account: Account,
  which: WhichDownloads,
): Promise<HeldDownload[]> {
  const open = await library();
  const matching = open.listDownloads(account).filter(matcherOf(which));
  if ('id' in which) requireOne(matching.length);
  const meant = matching.filter(({ state }) => state === 'running');
  if (meant.length === 0) throw matching.length === 0 ? noSuchDownload(which) : nothingRuns();
  const ids = new Set(meant.map(({ id }) => id));
  const running = (): string[] =>
    downloads.running.map(({ request }) => request.id).filter((id) => ids.has(id));
  for (;;) {
    // All at once: those behind in line must not begin while others end.
    await downloads.pause(running());
    // Gathered behind what their ends have written; one that had every piece is complete all the same.
    const held = await open.gather(() => {
      // One that was about to begin may have begun.
      if (running().length > 0) return undefined;
      const left = open.listDownloads(account).filter((row) => ids.has(row.id));
      for (const row of left) {
        // Of an engine that is gone, or just about to begin: nobody notes its end but us.
        if (row.state === 'running') open.failDownload(row.id, toWireError(paused()), Date.now());
      }
      return left.filter(({ state }) => state !== 'complete').map(heldDownload);
    });
    if (held) return held;
  }
}

export interface StopOwners {
  readonly library: () => Promise<Pick<Library, 'findDownload' | 'failRunningDownload' | 'gather'>>;
  readonly downloads: Pick<Downloads, 'running' | 'cancel'>;
}

/**
 * Stops one, also if an engine before has left it: then nobody else notes that it is not wanted. Resolves when it has
 * ended. @throws TrackerError NO_SUCH_DOWNLOAD when nothing of it runs or was left
 */
export async function stopDownload({ library, downloads }: StopOwners, id: string): Promise<void> {
  for (;;) {
    const refusal = await refusalOf(downloads.cancel(id));
    const open = await library();
    if (open.findDownload(id)?.state !== 'running') {
      if (refusal) throw refusal;
      return;
    }
    // Gathered behind what its end has written.
    const isOver = await open.gather(() => {
      // It was about to begin, and has begun meanwhile.
      if (downloads.running.some(({ request }) => request.id === id)) return false;
      const cancelled = toWireError(new CancelledError('the download was cancelled'));
      open.failRunningDownload(id, cancelled, Date.now());
      return true;
    });
    if (isOver) return;
  }
}

/** That it is not known here; other faults are thrown. */
async function refusalOf(stopped: Promise<void>): Promise<TrackerError | undefined> {
  try {
    await stopped;
    return undefined;
  } catch (error) {
    if (error instanceof TrackerError && error.code === 'NO_SUCH_DOWNLOAD') return error;
    throw error;
  }
}

/** A row as the commands tell of it. */
export function heldDownload(row: LibraryDownload): HeldDownload {
  const { id, groupId, name: fileName, path, keptBytes: kept, size } = row;
  return { id, groupId, fileName, path, kept, size };
}

function nothingRuns(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'none of these downloads runs or waits in line; `downloads` says how they stand',
  );
}
