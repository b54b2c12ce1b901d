/**
 * Stops one download for whoever waited for it, and keeps what is verified: also one that an engine before this one
 * has left, because then nobody else notes that it is not wanted. Owns no state.
 */
import { CancelledError, TrackerError, toWireError } from '../../net/errors.js';
import type { Library } from '../home/library.js';
import type { Downloads } from './downloads.js';

export interface StopOwners {
  readonly library: () => Promise<Pick<Library, 'findDownload' | 'failRunningDownload' | 'gather'>>;
  readonly downloads: Pick<Downloads, 'cancel'>;
}

/** Resolves when it has ended. @throws TrackerError NO_SUCH_DOWNLOAD when nothing of it runs or was left */
export async function stopDownload({ library, downloads }: StopOwners, id: string): Promise<void> {
  try {
    await downloads.cancel(id);
  } catch (error) {
    if (!(error instanceof TrackerError) || error.code !== 'NO_SUCH_DOWNLOAD') throw error;
    const open = await library();
    if (open.findDownload(id)?.state !== 'running') throw error;
    const cancelled = toWireError(new CancelledError('the download was cancelled'));
    await open.gather(() => open.failRunningDownload(id, cancelled, Date.now()));
  }
}
