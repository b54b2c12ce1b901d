/**
 * The lines of the interactive client: from a terminal with prompt, history and completion,
 * or from a pipe without any of them. Owns readline; knows nothing of commands.
 */
import {
  clearLine,
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  type Key,
} from 'node:readline';
import { crash, detach } from '../../net/detach.js';
import { MAX_HISTORY_LINES } from '../../net/limits.js';
import { askYes } from '../terminal/ask-yes.js';
import { isSteerable, type Environment } from '../terminal/environment.js';
import { shownLine } from '../terminal/shown-line.js';
import { askPassword, type PasswordRequest } from '../terminal/password-input.js';
import type { RawTerminal } from '../terminal/raw-input.js';
import { promptText } from './prompt-text.js';
import { SearchPrompt, type SearchEnd } from './search-prompt.js';

export interface ShellTerminalOptions {
  readonly environment: Environment;
  /** Newest first. */
  readonly history: readonly string[];
  /** Takes lines out of the history that must not be there. */
  readonly isFitForHistory: (line: string) => boolean;
  readonly complete: (line: string) => Promise<[string[], string]>;
  /** Ctrl-C on a terminal; `isLineEmpty` says whether something was typed. */
  readonly onInterrupt: (isLineEmpty: boolean) => void;
}

/** Reads lines one after another and shows notices between them. */
export class ShellTerminal {
  /** A prompt is shown only if somebody sits at both ends. */
  readonly isTerminal: boolean;
  readonly #environment: Environment;
  readonly #readline: Interface;
  #history: readonly string[];
  /** True while the prompt is on the screen. */
  #isPrompting = false;
  #isClosed = false;
  /** Set while Ctrl-R shows a search in place of the prompt. */
  #search: SearchPrompt | undefined;

  constructor(options: ShellTerminalOptions) {
    const { stdin, stdout } = options.environment;
    this.#environment = options.environment;
    this.#history = options.history;
    this.isTerminal = stdin.isTTY === true && stdout.isTTY === true;
    this.#readline = this.isTerminal
      ? this.#openTerminal(options)
      : createInterface({ input: stdin, crlfDelay: Infinity });
    // A terminal that was closed, or an input that cannot be read, is as good as its end.
    stdin.on('error', () => this.#readline.close());
  }

  #openTerminal(options: ShellTerminalOptions): Interface {
    const { stdin, stdout } = options.environment;
    const readline = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      prompt: promptText([]),
      history: [...options.history],
      historySize: MAX_HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        detach(() => options.complete(line).then((result) => done(null, result)), crash);
      },
    });
    readline.on('history', (lines: string[]) => {
      // readline keeps using this very array, so the line must leave it in place.
      const kept = lines.filter(options.isFitForHistory);
      lines.splice(0, lines.length, ...kept);
      this.#history = kept;
    });
    if (isSteerable(options.environment)) stdin.on('keypress', this.#onKey);
    readline.on('SIGINT', () => this.#onInterrupt(options));
    process.on('SIGCONT', this.#onContinued);
    return readline;
  }

  /**
   * After Ctrl-Z and `fg`: readline has paused itself, and the shell has set its terminal as it wants it. Done
   * once every other listener, of which readline is one, has had its turn.
   */
  readonly #onContinued = (): void => {
    setImmediate(() => {
      const { stdin } = this.#environment;
      if (this.#isClosed) return;
      stdin.setRawMode?.(false);
      stdin.setRawMode?.(true);
      this.#readline.resume();
      if (this.#search !== undefined) this.#search.draw();
      else if (this.#isPrompting) this.#readline.prompt(true);
    });
  };

  readonly #onKey = (_text: string | undefined, key: Key): void => {
    const begins = key.ctrl === true && key.name === 'r';
    if (!begins || !this.#isPrompting || this.#search !== undefined) return;
    const giveBack = this.#takeKeys();
    this.#search = new SearchPrompt(this.#environment, this.#history, (end) => {
      this.#search = undefined;
      giveBack();
      this.#onFound(end);
    });
  };

  #onFound({ line, key }: SearchEnd): void {
    if (line !== undefined) {
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
      this.#readline.write(line);
    }
    this.#readline.prompt(true);
    if (key !== undefined) this.#readline.write(null, key);
  }

  /** Has readline hear nothing of what is typed; answers how to give it back. */
  #takeKeys(): () => void {
    const { stdin } = this.#environment;
    const hearers = stdin.rawListeners('keypress') as ((...args: unknown[]) => void)[];
    // Without one Node reads no keys from the stream, and with the first it begins again.
    stdin.removeAllListeners('keypress');
    return () => {
      if (!this.#isClosed) for (const hear of hearers) stdin.on('keypress', hear);
    };
  }

  #onInterrupt({ onInterrupt }: ShellTerminalOptions): void {
    const isLineEmpty = this.#readline.line === '';
    if (this.#isPrompting && !isLineEmpty) {
      // Drops what was typed, as shells do.
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
    }
    onInterrupt(isLineEmpty);
  }

  /** Lines kept for the next session, newest first. */
  get history(): readonly string[] {
    return this.#history;
  }

  get isPrompting(): boolean {
    return this.#isPrompting;
  }

  /** Hands each line to `onLine` and waits for it, until `onLine` says stop or input ends. */
  async eachLine(onLine: (line: string) => Promise<'go-on' | 'stop'>): Promise<void> {
    this.#prompt();
    for await (const line of this.#readline) {
      this.#isPrompting = false;
      if ((await onLine(line)) === 'stop') break;
      this.#prompt();
    }
    this.#isPrompting = false;
  }

  /** Asks for a password while a command runs; readline hears nothing of it. */
  askPassword(request: PasswordRequest, signal: AbortSignal): Promise<string> {
    return this.#apart((streams) => askPassword(request, { ...streams, signal }));
  }

  /** Asks a question that is answered by one key, likewise. */
  askYes(question: string, signal: AbortSignal): Promise<boolean> {
    return this.#apart((streams) => askYes(question, { ...streams, signal }));
  }

  async #apart<T>(ask: (streams: Omit<RawTerminal, 'signal'>) => Promise<T>): Promise<T> {
    const { stdin, stdout } = this.#environment;
    const giveBack = this.#takeKeys();
    try {
      return await ask({ stdin, output: stdout });
    } finally {
      giveBack();
    }
  }

  /** An empty screen; nothing where there is none. */
  clear(): void {
    const { stdout } = this.#environment;
    if (!this.isTerminal || !isSteerable(this.#environment)) return;
    cursorTo(stdout, 0, 0);
    clearScreenDown(stdout);
  }

  /** Shows a line that answers nothing the user typed, without spoiling what is being typed. */
  notice(line: string): void {
    const { stdout, stderr } = this.#environment;
    if (!this.isTerminal) {
      stderr.write(`${shownLine(line)}\n`);
      return;
    }
    if (isSteerable(this.#environment)) {
      clearLine(stdout, 0);
      cursorTo(stdout, 0);
    } else if (this.#isPrompting) {
      stdout.write('\n');
    }
    stdout.write(`${shownLine(line)}\n`);
    if (this.#search !== undefined) this.#search.draw();
    else if (this.#isPrompting) this.#readline.prompt(true);
  }

  /** Another prompt from now on; what is being typed stays. */
  setPrompt(text: string): void {
    // Without a terminal, or with one that takes no orders, it could not be drawn over.
    if (!this.isTerminal || !isSteerable(this.#environment)) return;
    if (this.#isClosed || this.#readline.getPrompt() === text) return;
    this.#readline.setPrompt(text);
    if (this.#isPrompting && this.#search === undefined) this.#readline.prompt(true);
  }

  /** Ends the input; idempotent. */
  close(): void {
    // What comes after us starts on a line of its own.
    if (this.#isPrompting) this.#environment.stdout.write('\n');
    this.#isPrompting = false;
    this.#isClosed = true;
    process.off('SIGCONT', this.#onContinued);
    this.#search?.close();
    this.#environment.stdin.off('keypress', this.#onKey);
    this.#readline.close();
    this.#environment.stdin.pause();
  }

  #prompt(): void {
    if (!this.isTerminal) return;
    this.#isPrompting = true;
    this.#readline.prompt();
  }
}
