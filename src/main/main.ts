/**
 * One run of `p2p`: reads the command line, runs the command, and turns how it ended into one
 * line and an exit status. Owns the signals and the streams of the process while it lasts.
 * Nothing here exits the process in the middle of a write; bin/p2p.js sets the status.
 */
import { laterWithoutStaying } from '../net/later.js';
import { ownVersion } from '../net/own-version.js';
import { bug, ExitStatus, exitStatusOf, toWireError, TrackerError } from '../net/errors.js';
import { spokenError } from './cli/spoken-error.js';
import {
  asksForContent,
  asksForEvents,
  asksForJson,
  CONFIRMING,
  PROGRESSING,
  STAYING,
} from './cli/common-options.js';
import { spokenIn } from './cli/command-table.js';
import type { ClientEvent } from './api/client-events.js';
import { eventLine, loggedLine } from './terminal/event-lines.js';
import { CommandLineError, readCommandLine, type CommandLine } from './cli/cli.js';
import { passesOut } from './cli/command.js';
import type { SettingsOf } from './cli/untyped-options.js';
import { commandSettings } from './settings/command-settings.js';
import { COMPLETION_REQUEST, isOnlyName, meantWords } from './cli/completion.js';
import {
  canRedraw,
  isAnyTerminal,
  processEnvironment,
  type Environment,
} from './terminal/environment.js';
import { parseDurationMs } from './terminal/quantities.js';
import { errorLine } from './terminal/error-line.js';
import { OutputFaults } from './terminal/output-faults.js';
import {
  StreamOutput,
  type LiveDisplay,
  type ProcessOutput,
  type ProgressDisplay,
} from './terminal/output.js';
import { EventsOutput } from './terminal/events-output.js';
import type { Parts, ProcessContext } from './cli/process-context.js';
import { endByHangUp, watchSignals } from './terminal/signals.js';

/** When something happened, for whoever reads it. */
const wallMs = (): number => Date.now();

/** Runs `p2p` with these arguments; answers its exit status. `onAnswered` hears that programs have their one object. */
export async function main(
  argv: readonly string[],
  parts: Parts,
  environment: Environment = processEnvironment(),
  onAnswered: () => void = () => undefined,
): Promise<number> {
  const signals = watchSignals({ hasTerminal: isAnyTerminal(environment) });
  const faults = new OutputFaults(environment);
  // What fails from then on is told by standard error and the status alone.
  let isAnswered = false;
  const settle = (): void => {
    out.settle();
    isAnswered = true;
    onAnswered();
  };
  let isDebug = argv.includes('--debug');
  let isStaying = false;
  const endWith = (status: number): number => {
    if (isStaying) faults.leaveReader(status);
    return status;
  };
  // Words that cannot be understood may have asked for it as well.
  const { stderr } = environment;
  const stdout = asksForContent(argv) ? stderr : environment.stdout;
  let out: ProcessOutput = asksForEvents(argv)
    ? new EventsOutput({ stdout, nowMs: wallMs })
    : new StreamOutput({ stdout, stderr, isJson: asksForJson(argv) });
  try {
    const settingsOf: SettingsOf = (command) => commandSettings(command, environment.env);
    const line = await readCommandLine(argv, settingsOf);
    if (line.kind === 'text') {
      const isFound =
        line.text === ''
          ? await tellNames(argv, parts, environment)
          : tellText(line.text, argv, out, environment);
      settle();
      await faults.requireResult();
      return isFound ? ExitStatus.ok : ExitStatus.notFound;
    }
    isDebug = line.isDebug;
    isStaying = STAYING.has(line.command.verb);
    out = await outputFor(line, environment);
    const deadline = deadlineOf(line);
    const ends = {
      signal: deadline ? AbortSignal.any([signals.signal, deadline]) : signals.signal,
      readerGone: faults.readerGone,
    };
    const around = { ...environment, asksNobody: line.asksNobody };
    const status = await runLine(line, { parts, environment: around, out, ...ends });
    settle();
    if (!isStaying) await faults.requireResult();
    return endWith(status);
  } catch (thrown) {
    const error = spokenError(thrown, 'one-shot');
    environment.supervisor?.failed(toWireError(error));
    environment.stderr.write(`${errorLine(error, isDebug)}\n`);
    const hint = error instanceof CommandLineError ? error.usage : undefined;
    if (hint !== undefined) environment.stderr.write(`${hint}\n`);
    if (!isAnswered) out.settle({ thrown: error, ...(hint !== undefined && { hint }) });
    onAnswered();
    return endWith(exitStatusOf(error));
  } finally {
    signals.close();
    if (signals.isHungUp || faults.isTerminalGone) endByHangUp();
  }
}

/** Completion asks for names only where no word of the program fits. False where only a name can stand, and none is known. */
async function tellNames(
  [first, ...words]: readonly string[],
  parts: Parts,
  { env, stdout }: Environment,
): Promise<boolean> {
  if (first !== COMPLETION_REQUEST) return true;
  const { completeNames } = await import('./name-completion.js');
  const meant = meantWords(words);
  const names = await completeNames(meant, parts, env);
  if (names.length > 0) stdout.write(`${names.join('\n')}\n`);
  return names.length > 0 || !isOnlyName(meant);
}

/** Aborted once the command has taken as long as it was given. @throws UsageError */
function deadlineOf({ timeout }: CommandLine & { kind: 'command' }): AbortSignal | undefined {
  const ms = timeout === undefined ? 0 : parseDurationMs(timeout);
  if (ms === 0) return undefined;
  const late = new AbortController();
  const message = `not done within ${timeout}; give it longer with --timeout, or 0 for no end`;
  laterWithoutStaying(ms, () => late.abort(new TrackerError('TIMEOUT', message)));
  return late.signal;
}

/** Help and the version; what a shell completes are lines in any case. */
function tellText(
  text: string,
  argv: readonly string[],
  out: ProcessOutput,
  { stdout }: Environment,
): true {
  if (!out.isJson || argv[0] === COMPLETION_REQUEST) stdout.write(`${text}\n`);
  else out.result(text === ownVersion() ? { programVersion: text } : { help: text }, []);
  return true;
}

async function outputFor(
  line: CommandLine & { kind: 'command' },
  environment: Environment,
): Promise<ProcessOutput> {
  const { stderr } = environment;
  const { command, given, isJson, loudness } = line;
  // What a program reads there is the content of a file and nothing else.
  const stdout = passesOut(command, given) ? stderr : environment.stdout;
  if (given.options['events'] === true) return new EventsOutput({ stdout, nowMs: wallMs });
  const progress = loudness === 'quiet' ? undefined : await progressDisplay(line, environment);
  const live = await liveDisplay(line, environment);
  const displays = { ...(progress && { progress }), ...(live && { live }) };
  const lineOf = environment.supervisor?.isInBackground === true ? loggedLine : eventLine;
  const say = spokenIn('one-shot');
  const how = {
    loudness,
    isConfirming: CONFIRMING.has(command.verb),
    // The figures of progress say it better.
    eventLine: (event: ClientEvent) => (event.type === 'progress' ? undefined : lineOf(event, say)),
  };
  return new StreamOutput({ stdout, stderr, isJson, ...how, ...displays });
}

async function runLine(
  { command, given, isDebug, loudness, isYes, rereadSettings }: CommandLine & { kind: 'command' },
  surroundings: Omit<ProcessContext, 'isDebug' | 'loudness' | 'nowMs' | 'isYes' | 'rereadSettings'>,
): Promise<number> {
  const context = { ...surroundings, isDebug, loudness, nowMs: wallMs, isYes, rereadSettings };
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

/** Of a command that was told to be watched, or is looked at while it runs. */
async function liveDisplay(
  { command, loudness, given: { options } }: CommandLine & { kind: 'command' },
  environment: Environment,
): Promise<LiveDisplay | undefined> {
  const isLookedAt = command.verb === 'share' && loudness !== 'quiet';
  if ((options['watch'] !== true && !isLookedAt) || !canRedraw(environment)) return undefined;
  const { LiveLines } = await import('./terminal/live-lines.js');
  return new LiveLines(environment.stdout);
}

/** Those that carry bytes over, or read them, and those that stay, have progress to show. */
async function progressDisplay(
  { command, given: { options } }: CommandLine & { kind: 'command' },
  environment: Environment,
): Promise<ProgressDisplay | undefined> {
  const isStaying = command.verb === 'client' || command.verb === 'serve';
  // Who watches may begin what outlasts the watching.
  const isProgressing = PROGRESSING.has(command.verb) || options['watch'] === true;
  if (!isStaying && !isProgressing) return undefined;
  const { ProgressLines, TerminalProgress } = await import('./terminal/progress.js');
  const { stderr } = environment;
  const nowMs = (): number => performance.now();
  if (canRedraw(environment)) return new TerminalProgress(stderr, nowMs);
  return isStaying ? undefined : new ProgressLines(stderr, nowMs);
}
