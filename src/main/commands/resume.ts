/**
 * `resume_download`: goes on with downloads that were paused, stopped, interrupted or failed. Where no client stays
 * that would do it, the command lasts until they are complete, as `download` does.
 */
import type { CommandContext, Given } from '../cli/command.js';
import { heldLine, summaryLine } from '../terminal/download-report.js';
import { downloadPatienceMs } from './download-patience.js';
import { RESUMABLE, UNFINISHED_OR_STOPPED, forDownloads } from './named-downloads.js';
import { whichDownloads } from './which-downloads.js';
import { waitForAll } from './resumed-downloads.js';

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
