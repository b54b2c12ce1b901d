/**
 * `doctor`: tries all that p2p needs from here, and says of each thing whether it is well and what would help.
 * `doctor net`: the network alone, with what kind it is.
 */
import {
  P2pError,
  TrackerError,
  UsageError,
  fromWireError,
  toWireError,
} from '../../net/errors.js';
import { display } from '../../net/display.js';
import { ownVersion } from '../../net/own-version.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { NetworkReport } from '../api/network-report.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { networkLines } from '../terminal/network-lines.js';
import { healthChecks, type HealthCheck } from './health-checks.js';

const TRYING = 'trying the ways to and from this machine, for up to half a minute';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { what = 'all' } = given.args;
  if (what !== 'net' && what !== 'all') {
    throw new UsageError(
      `there is nothing to look at that is called ${display(what, 64)}; write net, or all`,
    );
  }
  if (what === 'net') await tryNetwork(context);
  else await tryAll(context, argument(given, 'to'));
}

async function tryNetwork({ engine, out, signal }: CommandContext): Promise<void> {
  out.note(TRYING);
  const report = await untilAborted(signal, engine.checkNetwork());
  out.result(report, networkLines(report));
  requireReach(report);
}

async function tryAll(context: CommandContext, destination: string): Promise<void> {
  const { engine, out, signal } = context;
  const machine = await untilAborted(signal, engine.lookAtMachine(destination));
  // While another command uses the home, nothing is told that is told again after it.
  out.note(TRYING);
  const network = await untilAborted(signal, engine.checkNetwork()).catch(told(signal));
  const shares = await untilAborted(signal, engine.shares(undefined)).catch(told(signal));
  // Last: what was tried has brought the tracker's answers along.
  const status = await untilAborted(signal, engine.status());
  const checks = healthChecks({ status, machine, network, shares, version: ownVersion() });
  out.result({ checks, machine, network }, checks.flatMap(linesOf));
  requireHealth(checks);
}

/** What cannot be found is a finding too; what the user has ended is none, nor what is tried again. */
function told(signal: AbortSignal): (error: unknown) => ReturnType<typeof toWireError> {
  return (error) => {
    if (signal.aborted || !(error instanceof P2pError) || error.code === 'HOME_IN_USE') throw error;
    return toWireError(error);
  };
}

/** Cells of the longest name. */
const NAME_CELLS = 12;

function linesOf({ name, verdict, says, fix }: HealthCheck): string[] {
  const line = `${name.padEnd(NAME_CELLS)} ${verdict === 'fail' ? 'FAIL' : verdict.padEnd(4)}  ${says}`;
  return fix === undefined ? [line] : [line, `${' '.repeat(NAME_CELLS)} fix   ${fix}`];
}

/** @throws P2pError with the code of the first check that failed */
function requireHealth(checks: readonly HealthCheck[]): void {
  const failed = checks.filter(({ verdict }) => verdict === 'fail');
  const [first] = failed;
  if (first === undefined) return;
  const which = failed.map(({ name }) => name).join(', ');
  throw fromWireError({ code: first.code, message: `not well: ${which}; see above` });
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
