/** `pause_download`: stops downloads until `resume`; what is verified stays, and no restart goes on with them. */
import type { CommandContext, Given } from '../cli/command.js';
import { heldLine } from '../terminal/download-report.js';
import { GOING, forDownloads } from './named-downloads.js';
import { whichDownloads } from './which-downloads.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const { downloads, failures, error } = await forDownloads(context, given, {
    verb: 'paused',
    takes: GOING,
    unnamed: async () => engine.pauseDownloads(await whichDownloads(engine, given)),
    named: (which) => engine.pauseDownloads(which),
  });
  out.result(
    { downloads, failures },
    downloads.map((one) => heldLine('paused', one)),
  );
  if (error) throw error;
}
