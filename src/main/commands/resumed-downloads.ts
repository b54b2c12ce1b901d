/** Downloads that a command has resumed and that last as long as it does: how far they are, and what became of them. */
import { fromWireError } from '../../net/errors.js';
import type { DownloadProgress, DownloadSummary, HeldDownload } from '../api/progress.js';
import type { CommandContext } from '../cli/command.js';
import { progressOfAll, progressView, summaryLine } from '../terminal/download-report.js';
import { asKept } from './as-kept.js';
import { downloadRecord } from './download-record.js';
import type { DownloadsOutcome } from './named-downloads.js';
import { toldDownload } from './told-download.js';
import { TransferAnswer } from './transfer-answer.js';

const KEPT = 'what is verified is kept, `resume` goes on with it';

/** They run side by side; what became of each is told in the end, and the first failure is the command's. */
export async function waitForAll(
  { downloads: resumed, failures, error }: DownloadsOutcome<HeldDownload>,
  context: CommandContext,
  waitFor: (
    one: HeldDownload,
    onProgress: (progress: DownloadProgress) => void,
  ) => Promise<DownloadSummary> = (one, onProgress) => toldDownload(context, one, onProgress),
): Promise<void> {
  const { out, signal } = context;
  const under = new Map<string, DownloadProgress>();
  const show = (): void => {
    const all = [...under.values()];
    const [first] = all;
    if (first === undefined) return;
    out.progress(resumed.length === 1 ? progressView(first) : progressOfAll('all', all));
  };
  const wait = async (one: HeldDownload): Promise<DownloadSummary> => {
    const { id } = one;
    const onProgress = (progress: DownloadProgress): void => {
      under.set(id, progress);
      show();
    };
    try {
      return await waitFor(one, onProgress);
    } finally {
      under.delete(id);
    }
  };
  const answer = new TransferAnswer({ isListed: out.isJson === true });
  for (const { fileName, ...failure } of failures)
    answer.onFailed({ fileName }, fromWireError(failure));
  const ends = await Promise.allSettled(resumed.map(wait));
  const lines: string[] = [];
  for (const [index, end] of ends.entries()) {
    const { groupId, fileName } = resumed[index]!;
    if (end.status === 'rejected') {
      answer.onFailed({ groupId, fileName }, end.reason);
      continue;
    }
    const file = {
      groupId,
      ...downloadRecord(fileName, end.value, { hasPeers: resumed.length === 1 }),
    };
    answer.onDone(file);
    lines.push(summaryLine(fileName, end.value));
  }
  out.result({ downloads: resumed, ...answer.value }, lines);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw signal.aborted ? asKept(failed.reason, KEPT) : failed.reason;
  if (error) throw error;
}
