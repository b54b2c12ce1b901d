/** `pause_download`: stops downloads until `resume`; what is verified stays, and no restart goes on with them. */
import type { CommandContext, Given } from '../cli/command.js';
import { heldLine } from '../terminal/download-report.js';
import { whichDownloads } from './which-downloads.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const ids = (await engine.downloads()).map(({ id }) => id);
  const held = await engine.pauseDownloads(whichDownloads(given, ids));
  out.result(
    { downloads: held },
    held.map((one) => heldLine('paused', one)),
  );
}
