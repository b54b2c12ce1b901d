/**
 * Downloads of somebody who may change their mind: a signal ends them as well, and what is
 * verified is kept. For whoever starts one and waits for it, in this process or for another.
 */
import { crashOnBug, detach } from '../../net/detach.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from './engine-api.js';
import type { DownloadProgress, DownloadSummary } from './progress.js';

type Downloader = Pick<EngineApi, 'startDownload' | 'waitForDownload' | 'cancelDownload'>;

/** Starts a download and answers its id; rejects with the reason of the signal at once. */
export async function startCancellably(
  engine: Downloader,
  request: Parameters<EngineApi['startDownload']>[0],
  signal: AbortSignal,
): Promise<string> {
  const starting = engine.startDownload(request);
  try {
    return await untilAborted(signal, starting);
  } catch (error) {
    // An engine that goes on without its caller must not go on with the caller's download.
    if (signal.aborted) {
      detach(() => starting.then((id) => engine.cancelDownload(id)), crashOnBug);
    }
    throw error;
  }
}

/**
 * Waits for the end of a download. The signal makes the engine save and end it first; then
 * this rejects with the signal's reason.
 */
export async function waitCancellably(
  engine: Omit<Downloader, 'startDownload'>,
  id: string,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<DownloadSummary> {
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    // If it is over by now there is nothing to cancel, and its outcome says so.
    cancelled = engine.cancelDownload(id).catch(() => undefined);
  };
  const finished = engine.waitForDownload(id, onProgress);
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    return await finished;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', cancel);
    await cancelled;
  }
}
