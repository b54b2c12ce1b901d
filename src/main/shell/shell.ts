/**
 * The interactive client: one command per line, strictly one after another, by the same
 * definitions as the one-shot form. A command that fails prints one line `error: ...` on
 * standard output, where a script reads everything, and the client stays. Downloads go on
 * behind the prompt; leaving saves them.
 */
import { DownloadWatch } from '../api/download-watch.js';
import { spokenError } from '../cli/spoken-error.js';
import { errorLine } from '../terminal/error-line.js';
import { confirming } from '../cli/confirmation.js';
import { passwordRequest } from '../cli/password-request.js';
import type { EngineCommand, ShellCommand } from '../cli/command-table.js';
import type { Given } from '../cli/command.js';
import type { EngineHost } from '../control/engine-host.js';
import type { Environment } from '../terminal/environment.js';
import type { Home } from '../home/home.js';
import { withAbsolutePaths, withHomeFolders } from '../cli/local-paths.js';
import type { ProcessOutput } from '../terminal/output.js';
import { shownLine } from '../terminal/shown-line.js';
import { runCommand } from '../commands/run-command.js';
import { promptText } from './prompt-text.js';
import { completeLine } from './shell-completion.js';
import { readHistory, writeHistory } from './shell-history.js';
import { isFitForHistory, readShellLine } from './shell-line.js';
import { ShellTerminal } from './shell-terminal.js';
import { untilAborted } from '../../net/until-aborted.js';
import { CancelledError, ExitStatus, exitStatusOf } from '../../net/errors.js';

export interface ShellOptions {
  readonly host: EngineHost;
  readonly home: Home;
  readonly environment: Environment;
  readonly out: ProcessOutput;
  /** Aborted when the process has to end. */
  readonly signal: AbortSignal;
  readonly isDebug: boolean;
  /** Leaves at the first command that fails. */
  readonly stopsOnError: boolean;
  /** Every question is answered with yes. */
  readonly isYes: boolean;
}

/** An interactive session. Life: opened -> running -> left; closing the engine is the caller's. */
export class Shell {
  readonly #options: ShellOptions;
  readonly #terminal: ShellTerminal;
  /** Aborts the command that runs now; absent between commands. */
  #running: AbortController | undefined;
  #isLeaving = false;
  /** Since the last line. */
  #isToldHowToLeave = false;
  #failure: unknown;

  private constructor(options: ShellOptions, history: readonly string[]) {
    this.#options = options;
    const { host, environment } = options;
    this.#terminal = new ShellTerminal({
      environment,
      history,
      isFitForHistory,
      complete: (line) => completeLine(line, host.engine, environment.cwd),
      onInterrupt: (isLineEmpty) => this.#onInterrupt(isLineEmpty),
    });
  }

  /** Opens a session on an engine. */
  static async open(options: ShellOptions): Promise<Shell> {
    const isTerminal = options.environment.stdin.isTTY === true;
    return new Shell(options, isTerminal ? await readHistory(options.home) : []);
  }

  /** A command of this session is being carried out. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Shows a notice between the lines of the session. */
  notice(line: string): void {
    if (!this.#isLeaving) this.#terminal.notice(line);
  }

  /**
   * Carries out lines until `quit`, the end of input or the signal. Answers the exit status: that of the
   * command that failed, if it was told to leave then.
   */
  async run(): Promise<number> {
    const { signal, home } = this.#options;
    const leave = (): void => this.#leave();
    const watch = this.#terminal.isTerminal
      ? new DownloadWatch(this.#options.host.engine, (running) =>
          this.#terminal.setPrompt(promptText(running)),
        )
      : undefined;
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    try {
      await this.#terminal.eachLine((line) => this.#onLine(line));
    } finally {
      watch?.close();
      signal.removeEventListener('abort', leave);
      this.#leave();
    }
    if (this.#terminal.isTerminal) await writeHistory(home, this.#terminal.history);
    return this.#failure === undefined ? ExitStatus.ok : exitStatusOf(this.#failure);
  }

  #leave(): void {
    this.#isLeaving = true;
    this.#terminal.close();
  }

  /** Ctrl-C ends the running command; at an empty prompt it says how to leave, and leaves when it comes again. */
  #onInterrupt(isLineEmpty: boolean): void {
    if (this.#running !== undefined) {
      this.#running.abort(new CancelledError('interrupted', 'INTERRUPTED'));
      return;
    }
    if (!isLineEmpty) return;
    if (this.#isToldHowToLeave) return this.#leave();
    this.#isToldHowToLeave = true;
    this.#terminal.notice('"quit", Ctrl-D or Ctrl-C again leaves; running downloads are saved');
  }

  async #onLine(line: string): Promise<'go-on' | 'stop'> {
    if (this.#isLeaving) return 'stop';
    this.#isToldHowToLeave = false;
    const running = new AbortController();
    this.#running = running;
    try {
      const ends = AbortSignal.any([running.signal, this.#options.signal]);
      const next = await this.#carryOut(line, ends);
      this.#options.out.settle();
      return next;
    } catch (thrown) {
      const error = spokenError(thrown, 'shell');
      const { environment, isDebug, stopsOnError, out } = this.#options;
      // Standard output belongs to the answers then.
      const { stdout, stderr } = environment;
      (out.isJson ? stderr : stdout).write(`${errorLine(error, isDebug)}\n`);
      out.settle({ thrown: error });
      if (!stopsOnError) return 'go-on';
      this.#failure = error;
      return 'stop';
    } finally {
      this.#running = undefined;
    }
  }

  async #carryOut(line: string, signal: AbortSignal): Promise<'go-on' | 'stop'> {
    const read = readShellLine(line, this.#terminal.isTerminal);
    if (read === undefined) return 'go-on';
    const { command } = read;
    if (command.needs === 'shell') return this.#actOn(command.verb);
    const { host, out, environment } = this.#options;
    const { env, cwd } = environment;
    const typed = withAbsolutePaths(command, withHomeFolders(command, read.given, env), cwd);
    const given = await untilAborted(signal, this.#withPasswords(command, typed, signal));
    const background = (work: Promise<string>): void => this.#watch(work);
    const { engine } = host;
    const where = { isEngineStaying: true, isEngineHere: true };
    const terminal = this.#terminal;
    const ask = (question: string): Promise<boolean> => terminal.askYes(question, signal);
    const { isYes } = this.#options;
    const { asksNobody = false } = environment;
    const asking = confirming({ isYes, asksNobody }, terminal.isTerminal ? ask : undefined);
    const context = { engine, out, signal, ...where, background, ...asking };
    await runCommand(command, context, given);
    return 'go-on';
  }

  #actOn(verb: ShellCommand['verb']): 'go-on' | 'stop' {
    switch (verb) {
      case 'clear':
        this.#terminal.clear();
        return 'go-on';
      case 'quit':
        return 'stop';
    }
  }

  /** Asks for the passwords that were left out. */
  async #withPasswords(command: EngineCommand, given: Given, signal: AbortSignal): Promise<Given> {
    const args = { ...given.args };
    for (const { name, kind } of command.args) {
      if (kind !== 'secret' || args[name] !== undefined) continue;
      const request = passwordRequest(command, given, name);
      args[name] = await this.#terminal.askPassword(request, signal);
    }
    return { ...given, args };
  }

  /** Tells how work behind the prompt ended; nothing to tell once the user leaves. */
  #watch(work: Promise<string>): void {
    work.then(
      (line) => this.notice(line),
      (error: unknown) => {
        const line = errorLine(spokenError(error, 'shell'), this.#options.isDebug);
        this.notice(shownLine(`download failed: ${line.replace(/^error: /, '')}`));
      },
    );
  }
}
