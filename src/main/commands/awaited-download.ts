/** A download whose end a command waits for: shows how far it is, and keeps what is verified when the command ends early. */
import { UnreachedNews } from '../terminal/unreached-line.js';
import { progressView } from '../terminal/download-report.js';
import { withPeers } from '../terminal/failure-json.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import { formOf, type CommandContext } from '../cli/command.js';
import { asKept } from './as-kept.js';
import { toldDownload } from './told-download.js';

export const KEPT = 'what is verified is kept, run the same download to go on';

/** Waits for it; `also` hears what is shown. @throws P2pError with the peers, or the signal's reason */
export async function waitForEnd(
  facts: Pick<DownloadProgress, 'id' | 'groupId' | 'fileName'>,
  context: Pick<CommandContext, 'engine' | 'out' | 'signal' | 'background'>,
  also: (progress: DownloadProgress) => void = () => undefined,
): Promise<DownloadSummary> {
  const { out, signal } = context;
  // Of a command of its own the start of its process counts.
  const begunMs = formOf(context) === 'one-shot' ? 0 : performance.now();
  const unreached = new UnreachedNews(() => performance.now(), begunMs);
  let peers: DownloadProgress['peers'] = [];
  const onProgress = (progress: DownloadProgress): void => {
    ({ peers } = progress);
    also(progress);
    const line = unreached.lineFor(progress);
    if (line !== undefined) out.note(line);
    out.progress(progressView(progress));
  };
  return toldDownload(context, facts, onProgress).catch((error: unknown) => {
    throw withPeers(signal.aborted ? asKept(error, KEPT) : error, peers);
  });
}
