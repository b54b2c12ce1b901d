/**
 * One run of `p2p`: reads the command line, runs the command, and turns how it ended into one
 * line and an exit status. Owns the signals and the streams of the process while it lasts.
 * Nothing here exits the process in the middle of a write; bin/p2p.js sets the status.
 */
import { bug, CancelledError, ExitStatus, exitStatusOf } from '../net/errors.js';
import { CommandLineError, readCommandLine, type CommandLine } from './cli/cli.js';
import { processEnvironment, type Environment } from './terminal/environment.js';
import { errorLine } from './terminal/error-line.js';
import { StreamOutput, type ProgressDisplay } from './terminal/output.js';
import type { Parts } from './cli/process-context.js';
import { watchSignals, type SignalWatch } from './terminal/signals.js';

/** Services: what others get from them is worth more than what they print. */
const OUTLIVE_THEIR_OUTPUT: ReadonlySet<string> = new Set(['tracker', 'serve']);

/** Runs `p2p` with these arguments; answers its exit status. */
export async function main(
  argv: readonly string[],
  parts: Parts,
  environment: Environment = processEnvironment(),
): Promise<number> {
  const signals = watchSignals();
  const pipes = watchPipes(environment, signals);
  let isDebug = argv.includes('--debug');
  try {
    const line = await readCommandLine(argv);
    if (line.kind === 'text') {
      if (line.text !== '') environment.stdout.write(`${line.text}\n`);
      return ExitStatus.ok;
    }
    isDebug = line.isDebug;
    if (OUTLIVE_THEIR_OUTPUT.has(line.command.verb)) pipes.letGo();
    return await runLine(line, parts, environment, signals.signal);
  } catch (error) {
    if (pipes.isBroken()) return ExitStatus.ok;
    environment.stderr.write(`${errorLine(error, isDebug)}\n`);
    if (error instanceof CommandLineError && error.usage !== undefined) {
      environment.stderr.write(`${error.usage}\n`);
    }
    return exitStatusOf(error);
  } finally {
    signals.close();
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
  { stdout, stderr }: Environment,
): Promise<ProgressDisplay | undefined> {
  const isShell = command.verb === 'client';
  if (!isShell && command.options.every(({ name }) => name !== 'quiet')) return undefined;
  const { ProgressBar, ProgressLines } = await import('./terminal/progress.js');
  if (stdout.isTTY && stderr.isTTY) return new ProgressBar(stderr);
  return isShell ? undefined : new ProgressLines(stderr, () => performance.now());
}

/**
 * When the reader of our output has gone there is nobody to tell: the command just ends, unless its
 * output was let go.
 */
function watchPipes(
  { stdout, stderr }: Environment,
  signals: SignalWatch,
): { readonly isBroken: () => boolean; readonly letGo: () => void } {
  let isBroken = false;
  let isNeeded = true;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isNeeded) return;
      if (error.code !== 'EPIPE') throw error;
      isBroken = true;
      signals.abort(new CancelledError('nobody reads the output', 'TERMINATED'));
    });
  }
  return { isBroken: () => isBroken, letGo: () => void (isNeeded = false) };
}
