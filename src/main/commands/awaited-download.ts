/** A download whose end a command waits for: shows how far it is, and keeps what is verified when the command ends early. */
import { UnreachedNews } from '../terminal/unreached-line.js';
import { progressView } from '../terminal/download-report.js';
import { withPeers } from '../terminal/failure-json.js';
import { waitCancellably } from '../api/cancellable-download.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import type { CommandContext } from '../cli/command.js';
import { asKept } from './as-kept.js';

export const KEPT = 'what is verified is kept, run the same download to go on';

/** Waits for it; `also` hears what is shown. @throws P2pError with the peers, or the signal's reason */
export async function waitForEnd(
  id: string,
  { engine, out, signal }: Pick<CommandContext, 'engine' | 'out' | 'signal'>,
  also: (progress: DownloadProgress) => void = () => undefined,
): Promise<DownloadSummary> {
  const unreached = new UnreachedNews(() => performance.now());
  let peers: DownloadProgress['peers'] = [];
  const onProgress = (progress: DownloadProgress): void => {
    ({ peers } = progress);
    also(progress);
    const line = unreached.lineFor(progress);
    if (line !== undefined) out.note(line);
    out.progress(progressView(progress));
  };
  return waitCancellably(engine, id, onProgress, signal).catch((error: unknown) => {
    throw withPeers(signal.aborted ? asKept(error, KEPT) : error, peers);
  });
}
