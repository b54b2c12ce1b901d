/**
 * One run of `p2p`: reads the command line, runs the command, and turns how it ended into one
 * line and an exit status. Owns the signals and the streams of the process while it lasts.
 * Nothing here exits the process in the middle of a write; bin/p2p.js sets the status.
 */
import { bug, ExitStatus, exitStatusOf } from '../net/errors.js';
import { CommandLineError, readCommandLine, type CommandLine } from './cli/cli.js';
import {
  canRedraw,
  isAnyTerminal,
  processEnvironment,
  type Environment,
} from './terminal/environment.js';
import { errorLine } from './terminal/error-line.js';
import { OutputFaults } from './terminal/output-faults.js';
import { StreamOutput, type ProgressDisplay } from './terminal/output.js';
import type { Parts } from './cli/process-context.js';
import { endByHangUp, watchSignals } from './terminal/signals.js';

/** They work for others than whoever started them, and none of what they print is what was asked for. */
const STAYING: ReadonlySet<string> = new Set(['serve', 'tracker', 'client']);

/** Runs `p2p` with these arguments; answers its exit status. */
export async function main(
  argv: readonly string[],
  parts: Parts,
  environment: Environment = processEnvironment(),
): Promise<number> {
  const signals = watchSignals({ hasTerminal: isAnyTerminal(environment) });
  const faults = new OutputFaults(environment);
  let isDebug = argv.includes('--debug');
  try {
    const line = await readCommandLine(argv);
    if (line.kind === 'text') {
      if (line.text !== '') environment.stdout.write(`${line.text}\n`);
      await faults.requireResult();
      return ExitStatus.ok;
    }
    isDebug = line.isDebug;
    const status = await runLine(line, parts, environment, signals.signal);
    if (!STAYING.has(line.command.verb)) await faults.requireResult();
    return status;
  } catch (error) {
    environment.stderr.write(`${errorLine(error, isDebug)}\n`);
    if (error instanceof CommandLineError && error.usage !== undefined) {
      environment.stderr.write(`${error.usage}\n`);
    }
    return exitStatusOf(error);
  } finally {
    signals.close();
    if (signals.isHungUp || faults.isTerminalGone) endByHangUp();
  }
}

async function runLine(
  line: CommandLine & { kind: 'command' },
  parts: Parts,
  environment: Environment,
  signal: AbortSignal,
): Promise<number> {
  const { command, given, isJson, isDebug } = line;
  const { stdout, stderr } = environment;
  const progress =
    given.options['quiet'] === true ? undefined : await progressDisplay(line, environment);
  const out = new StreamOutput({ stdout, stderr, isJson, ...(progress && { progress }) });
  const context = { parts, environment, out, signal, isDebug };
  if (command.needs === 'process') {
    const { processCode } = await import('./processes/process-commands.js');
    const { run } = await processCode[command.verb]();
    return run(context, given);
  }
  if (command.needs === 'shell') bug('a command of the shell came from a command line');
  const { runOneShot } = await import('./one-shot.js');
  await runOneShot(command, given, context);
  return ExitStatus.ok;
}

/** Only commands that can be told to be quiet, and the shell, have progress to show. */
async function progressDisplay(
  { command }: CommandLine & { kind: 'command' },
  environment: Environment,
): Promise<ProgressDisplay | undefined> {
  const isShell = command.verb === 'client';
  if (!isShell && command.options.every(({ name }) => name !== 'quiet')) return undefined;
  const { ProgressBar, ProgressLines } = await import('./terminal/progress.js');
  const { stderr } = environment;
  if (canRedraw(environment)) return new ProgressBar(stderr);
  return isShell ? undefined : new ProgressLines(stderr, () => performance.now());
}
