/** `upload -`: takes standard input into the spool of the home, and has it shared from there like any other file. */
import { whenSettled } from '../../net/deferred.js';
import { UsageError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { INPUT_SETTLE_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from '../api/engine-api.js';
import type { CommandContext } from '../cli/command.js';
import { ProgressRate } from '../terminal/progress-rate.js';

/** What is said of the share before anything is read. */
export interface InputShare {
  readonly groupId: string;
  /** Standard input has no name of its own. */
  readonly as: string | undefined;
}

/** Shares the file at a path; `onSharing` hears of the work, which may outlive whoever waits for it. */
export type ShareInput = (
  path: string,
  onSharing: (sharing: Promise<unknown>) => void,
) => Promise<void>;

/** Has `share` share what came; nothing is left of it unless it is shared, or may be. @throws P2pError */
export async function withInput(
  context: CommandContext,
  { groupId, as }: InputShare,
  share: ShareInput,
): Promise<void> {
  const { engine, out, signal, pipes } = context;
  if (!pipes) throw noInputHere();
  if (as === undefined) {
    throw new UsageError('standard input has no name; say --as NAME under which it is shared');
  }
  // Whoever is no member hears of it before hours of reading.
  await untilAborted(signal, engine.listFiles(groupId));
  const meter = new ProgressRate(() => performance.now());
  const onBytes = (done: number): void => {
    const bytesPerSecond = meter.onTotal(done);
    const view = { title: as, phase: 'reading standard input', size: done, done };
    out.progress({ ...view, bytesPerSecond, detail: '' });
  };
  const path = await pipes.input(signal, onBytes, (run) => engine.hashAhead(run));
  let sharing: Promise<unknown> | undefined;
  try {
    await share(path, (begun) => {
      sharing = begun;
    });
  } catch (error) {
    if (await isUnshared(engine, groupId, path, sharing)) await pipes.spool.remove(path);
    else out.note(`what standard input brought may be shared, and is kept: ${path}`);
    throw error;
  }
}

/** Known for certain: whoever ended the command may have done so in the moment in which it became shared. */
async function isUnshared(
  engine: EngineApi,
  groupId: string,
  path: string,
  sharing: Promise<unknown> | undefined,
): Promise<boolean> {
  const late = new AbortController();
  const takeBack = laterByTimer(INPUT_SETTLE_MS, () => late.abort());
  try {
    const settled = whenSettled(sharing);
    const shares = await untilAborted(
      late.signal,
      settled.then(() => engine.shares(groupId)),
    );
    return shares.every((share) => share.path !== path);
  } catch {
    // Whoever cannot be asked may have it.
    return false;
  } finally {
    takeBack();
  }
}

function noInputHere(): UsageError {
  return new UsageError(
    '"-" is no path here, because there is no standard input to read; for a file of that name say "./-"',
  );
}
