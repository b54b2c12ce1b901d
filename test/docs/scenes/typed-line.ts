/** A line that runs on a terminal: what is shown of it so far, its end, and keys for it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { TerminalScreen, type ScreenSize } from './terminal-screen.js';

/** Whoever waits longer for something to be shown waits in vain. */
const PATIENCE_MS = 120_000;

export class TypedLine {
  /** Its exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #screen: TerminalScreen;
  #hasEnded = false;
  #broken: Error | undefined;
  #wake: () => void = () => undefined;
  /** Called after each change of what is shown. */
  onShown: () => void = () => undefined;

  constructor(child: ChildProcess, size: ScreenSize) {
    this.#child = child;
    this.#screen = new TerminalScreen(size);
    const decoder = new StringDecoder('utf8');
    child.stdout!.on('data', (bytes: Buffer) => this.#onText(decoder.write(bytes)));
    // What could not even sit down at the terminal says so here.
    child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#onText(text));
    child.stdin!.on('error', () => undefined);
    this.ended = once(child, 'close').then(([status]) => {
      this.#hasEnded = true;
      this.#wake();
      return status as number | null;
    });
  }

  /** Everything that was shown, without what is the terminal's own. */
  get lines(): string[] {
    return this.#screen.lines.map((line) => line.replace(/^\^C/, ''));
  }

  get window(): string[] {
    return this.#screen.window;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Waits until something is shown that is right; false when the line ends before, or it takes too long. */
  async until(isRight: (lines: readonly string[]) => boolean): Promise<boolean> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    signal.addEventListener('abort', () => this.#wake());
    while (!isRight(this.lines)) {
      if (this.#broken) throw this.#broken;
      if (this.#hasEnded || signal.aborted) return false;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return true;
  }

  /** Its exit status, or undefined when it does not end in time. */
  async end(): Promise<number | null | undefined> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const status = await Promise.race([this.ended, once(signal, 'abort').then(() => undefined)]);
    if (this.#broken) throw this.#broken;
    return status;
  }

  #onText(text: string): void {
    try {
      this.#screen.write(text);
    } catch (error) {
      this.#broken ??= error as Error;
    }
    this.onShown();
    this.#wake();
  }
}
