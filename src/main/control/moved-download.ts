/**
 * A download that somebody waits for, at the engine that took over: as its row there says. It goes on if the engine
 * before has left it unfinished; what somebody has stopped meanwhile stays so.
 */
import { CancelledError, fromWireError, P2pError, type WireError } from '../../net/errors.js';
import { paused } from '../api/paused.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import type { ControlLink } from './control-link.js';

export interface MovedDownload {
  readonly id: string;
  /** How long it waits for a byte. */
  readonly timeoutMs: number;
  /** Whoever waits has changed their mind. */
  readonly isCancelled: () => boolean;
}

/**
 * Has it go on; answers how it ended when it is whole already.
 * @throws P2pError why it does not go on
 */
export async function goOn(
  link: Pick<ControlLink, 'call'>,
  { id, timeoutMs, isCancelled }: MovedDownload,
): Promise<DownloadSummary | undefined> {
  if (isCancelled()) throw cancelled();
  const row = (await link.call('downloads', {})).find((one) => one.id === id);
  switch (row?.state) {
    case 'complete':
      return summaryOf(row);
    case 'failed':
      throw fromWireError(row.error as WireError);
    case 'paused':
      throw paused();
    case 'cancelled':
      throw cancelled();
    case 'interrupted':
      await link.call('resumeDownloads', { id, timeoutMs }).catch(unlessRunning);
      break;
    default:
    // It runs there already.
  }
  // Whoever has changed their mind in between was told that nothing runs.
  if (isCancelled()) await link.call('cancelDownload', { id });
  return undefined;
}

/** Somebody else was first, or an engine that stays has gone on with it by itself. */
function unlessRunning(error: unknown): void {
  if (!(error instanceof P2pError) || error.code !== 'NO_SUCH_DOWNLOAD') throw error;
}

/** What is known of a download that became whole between two engines: not what it took. */
function summaryOf({ path, size, fetched, peers }: DownloadProgress): DownloadSummary {
  const phasesMs = { connect: 0, transfer: 0, finish: 0 };
  return { path, size, fetched, reused: 0, elapsedMs: 0, phasesMs, peers };
}

/** How it ends for whoever has changed their mind. */
export function cancelled(): CancelledError {
  return new CancelledError('the download was cancelled');
}
