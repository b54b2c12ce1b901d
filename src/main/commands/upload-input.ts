/** `upload -`: takes standard input into the spool of the home, and has it shared from there like any other file. */
import { UsageError } from '../../net/errors.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { CommandContext } from '../cli/command.js';
import { ProgressRate } from '../terminal/progress-rate.js';

/** What is said of the share before anything is read. */
export interface InputShare {
  readonly groupId: string;
  /** Standard input has no name of its own. */
  readonly as: string | undefined;
}

/** Has `share` share what came; nothing is left of it unless it is shared. @throws P2pError */
export async function withInput(
  { engine, out, signal, pipes }: CommandContext,
  { groupId, as }: InputShare,
  share: (path: string) => Promise<void>,
): Promise<void> {
  if (!pipes) throw noInputHere();
  if (as === undefined) {
    throw new UsageError('standard input has no name; say --as NAME under which it is shared');
  }
  // Whoever is no member hears of it before hours of reading.
  await untilAborted(signal, engine.listFiles(groupId));
  const meter = new ProgressRate(() => performance.now());
  const path = await pipes.input(signal, (done) => {
    const bytesPerSecond = meter.onTotal(done);
    const view = { title: as, phase: 'reading standard input', size: done, done };
    out.progress({ ...view, bytesPerSecond, detail: '' });
  });
  try {
    await share(path);
  } catch (error) {
    // It may have become shared in the moment in which somebody ended the command.
    const shares = await engine.shares(groupId).catch(() => []);
    if (shares.every((share) => share.path !== path)) await pipes.spool.remove(path);
    throw error;
  }
}

function noInputHere(): UsageError {
  return new UsageError(
    '"-" is no path here, because there is no standard input to read; for a file of that name say "./-"',
  );
}
