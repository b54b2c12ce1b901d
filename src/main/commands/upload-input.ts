/** `upload -`: takes standard input into the spool of the home, and has it shared from there like any other file. */
import { UsageError } from '../../net/errors.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { CommandContext } from '../cli/command.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { shareFromSpool, type ShareInput } from './spooled-share.js';

/** What is said of the share before anything is read. */
export interface InputShare {
  readonly groupId: string;
  /** Standard input has no name of its own. */
  readonly as: string | undefined;
}

/** Has `share` share what came; nothing is left of it unless it is shared, or may be. @throws P2pError */
export async function withInput(
  context: CommandContext,
  { groupId, as }: InputShare,
  share: ShareInput<void>,
): Promise<void> {
  const { engine, out, signal, pipes } = context;
  if (!pipes) throw noInputHere();
  if (as === undefined) {
    throw new UsageError('standard input has no name; say --as NAME under which it is shared');
  }
  // Whoever is no member hears of it before hours of reading.
  await untilAborted(signal, engine.listFiles(groupId));
  // So does whoever has a library that cannot be opened: what is asked for opens it.
  await untilAborted(signal, engine.shares(groupId));
  const meter = new ProgressRate(() => performance.now());
  let hasCome = false;
  const onBytes = (done: number): void => {
    hasCome = true;
    const bytesPerSecond = meter.onTotal(done);
    const view = { title: as, phase: 'reading standard input', size: done, done };
    out.progress({ ...view, bytesPerSecond, detail: '' });
  };
  const reading = pipes.input(signal, onBytes, (run) => engine.hashAhead(run));
  const path = await tellIfSlow(reading, () => {
    if (!hasCome) out.note('waiting for the content on standard input');
  });
  await shareFromSpool(engine, pipes.spool, {
    ...{ groupId, path, share },
    onKept: () => out.note(`what standard input brought may be shared, and is kept: ${path}`),
  });
}

function noInputHere(): UsageError {
  return new UsageError(
    '"-" is no path here, because there is no standard input to read; for a file of that name say "./-"',
  );
}
