/** Waits for a download and tells, to who wants every step, how far it is. */
import { P2pError, toWireError } from '../../net/errors.js';
import { waitCancellably } from '../api/cancellable-download.js';
import { DownloadNews } from '../api/download-news.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import type { CommandContext } from '../cli/command.js';

/** As `waitCancellably`, which it is for who wants nothing but the end. */
export async function toldDownload(
  { engine, out, signal }: Pick<CommandContext, 'engine' | 'out' | 'signal'>,
  facts: Pick<DownloadProgress, 'id' | 'groupId' | 'fileName'>,
  onProgress: (progress: DownloadProgress) => void,
): Promise<DownloadSummary> {
  const { id } = facts;
  if (out.hears !== 'all') return waitCancellably(engine, id, onProgress, signal);
  const news = new DownloadNews({ isNew: true });
  const tell = (events: ReturnType<DownloadNews['of']>): void => {
    for (const event of events) out.event(event);
  };
  const hear = (progress: DownloadProgress): void => {
    tell(news.of(progress, performance.now()));
    onProgress(progress);
  };
  try {
    const summary = await waitCancellably(engine, id, hear, signal);
    tell(news.done(facts, summary));
    return summary;
  } catch (error) {
    if (error instanceof P2pError) tell(news.failed(facts, toWireError(error)));
    throw error;
  }
}
