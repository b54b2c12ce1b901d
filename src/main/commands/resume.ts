/**
 * `resume_download`: goes on with downloads that were paused, stopped, interrupted or failed. Where no client stays
 * that would do it, the command lasts until they are complete, as `download` does.
 */
import { fromWireError } from '../../net/errors.js';
import type { DownloadProgress, DownloadSummary, HeldDownload } from '../api/progress.js';
import type { CommandContext, Given } from '../cli/command.js';
import { heldLine, progressOfAll, progressView, summaryLine } from '../terminal/download-report.js';
import { asKept } from './as-kept.js';
import { downloadPatienceMs } from './download-patience.js';
import {
  RESUMABLE,
  UNFINISHED_OR_STOPPED,
  forDownloads,
  type DownloadsOutcome,
} from './named-downloads.js';
import { whichDownloads } from './which-downloads.js';
import { downloadRecord } from './download-record.js';
import { toldDownload } from './told-download.js';
import { TransferAnswer } from './transfer-answer.js';

const KEPT = 'what is verified is kept, `resume` goes on with it';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, isEngineStaying, background } = context;
  const stays = isEngineStaying || background !== undefined;
  const isAttended = stays || context.isAttended === true;
  const timeoutMs = downloadPatienceMs({ isAttended }, given);
  const outcome = await forDownloads(context, given, {
    verb: 'resumed',
    takes: RESUMABLE,
    takesNamed: UNFINISHED_OR_STOPPED,
    unnamed: async () =>
      engine.resumeDownloads({ ...(await whichDownloads(engine, given)), timeoutMs }),
    named: (which) => engine.resumeDownloads({ ...which, timeoutMs }),
  });
  if (!stays) return waitForAll(outcome, context);
  const { downloads: resumed, failures, error } = outcome;
  out.result(
    { downloads: resumed, failures },
    resumed.map((one) => heldLine('going on with', one)),
  );
  for (const { id, fileName } of background ? resumed : []) {
    const finished = engine.waitForDownload(id, () => undefined);
    background!(finished.then((summary) => summaryLine(fileName, summary)));
  }
  if (error) throw error;
}

/** They run side by side; what became of each is told in the end, and the first failure is the command's. */
async function waitForAll(
  { downloads: resumed, failures, error }: DownloadsOutcome<HeldDownload>,
  context: CommandContext,
): Promise<void> {
  const { out, signal } = context;
  const under = new Map<string, DownloadProgress>();
  const show = (): void => {
    const all = [...under.values()];
    const [first] = all;
    if (first === undefined) return;
    out.progress(resumed.length === 1 ? progressView(first) : progressOfAll('all', all));
  };
  const wait = async ({ id, groupId, fileName }: HeldDownload): Promise<DownloadSummary> => {
    const onProgress = (progress: DownloadProgress): void => {
      under.set(id, progress);
      show();
    };
    try {
      return await toldDownload(context, { id, groupId, fileName }, onProgress);
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
