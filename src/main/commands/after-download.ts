/** Has what the user wants run after a download take its turn; whoever ends the command waits for none. */
import { whenAborted } from '../../net/until-aborted.js';
import type { CommandContext, CompleteDownload } from '../cli/command.js';

export async function afterDownload(
  { downloadHook, signal }: Pick<CommandContext, 'downloadHook' | 'signal'>,
  done: CompleteDownload,
): Promise<void> {
  if (downloadHook === undefined) return;
  await Promise.race([downloadHook.onComplete(done), whenAborted(signal)]);
}
