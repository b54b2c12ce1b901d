/** `doctor net`: tries the network from here, says what kind it is and what would help. */
import { TrackerError, UsageError, fromWireError } from '../../net/errors.js';
import { display } from '../../net/display.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { NetworkReport } from '../api/network-report.js';
import type { CommandContext, Given } from '../cli/command.js';
import { networkLines } from '../terminal/network-lines.js';

export async function run({ engine, out, signal }: CommandContext, given: Given): Promise<void> {
  const { what = '' } = given.args;
  if (what !== 'net') {
    throw new UsageError(
      `there is nothing to look at that is called ${display(what, 64)}; write net`,
    );
  }
  out.note('trying the ways to and from this machine, for up to half a minute');
  const report = await untilAborted(signal, engine.checkNetwork());
  out.result(report, networkLines(report));
  requireReach(report);
}

/** @throws TrackerError when others do not reach this client, or nobody can tell */
function requireReach({ tracker, reach }: NetworkReport): void {
  if (tracker.state === 'away') throw fromWireError(tracker.error);
  if (reach.state === 'reached') return;
  throw new TrackerError(
    'NOT_REACHED',
    'others do not reach this client; see above what would help',
  );
}
