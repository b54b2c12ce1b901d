/** `cancel_download`: ends downloads that are not complete, and removes what was fetched of them. */
import { argument, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { unwantedLine } from '../terminal/download-report.js';
import { UNFINISHED, UNFINISHED_OR_STOPPED, forDownloads } from './named-downloads.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const keepsPart = isSwitchedOn(given, 'keep-part');
  const { downloads, failures, error } = await forDownloads(context, given, {
    verb: 'cancelled',
    takes: UNFINISHED,
    takesNamed: UNFINISHED_OR_STOPPED,
    question: 'Cancel them?',
    unnamed: () => engine.cancelDownloads({ id: argument(given, 'group'), keepsPart }),
    named: (which) => engine.cancelDownloads({ ...which, keepsPart }),
  });
  out.result(
    { downloads, failures },
    downloads.map((one) => unwantedLine('cancelled', one, keepsPart)),
  );
  if (error) throw error;
}
