/**
 * The right of what is drawn in place to a terminal: only in the foreground, and given back as it was when
 * this process ends or is suspended. Life: released ⇄ taken.
 */
import { isInForeground } from './foreground.js';

/** How often it is asked whether the terminal is still our own. */
const FOREGROUND_LOOK_MS = 500;

export interface TerminalHoldEvents {
  /** The process ends in the middle: the terminal gets its cursor back. */
  onEnd(): void;
  /** Ctrl-Z: what is drawn after `fg` is drawn anew, because the place of the old has moved. */
  onSuspend(): void;
}

export class TerminalHold {
  readonly #events: TerminalHoldEvents;
  readonly #isForeground: () => boolean;
  #lookAgainMs = 0;
  #isAllowed = false;

  constructor(events: TerminalHoldEvents, isForeground: () => boolean = isInForeground) {
    this.#events = events;
    this.#isForeground = isForeground;
  }

  /** Whether something may be drawn just now. */
  mayDraw(): boolean {
    const nowMs = performance.now();
    if (nowMs < this.#lookAgainMs) return this.#isAllowed;
    this.#lookAgainMs = nowMs + FOREGROUND_LOOK_MS;
    this.#isAllowed = this.#isForeground();
    return this.#isAllowed;
  }

  /** Before anything is drawn, because from then on somebody may press Ctrl-Z. */
  take(): void {
    process.once('exit', this.#onExit);
    process.on('SIGTSTP', this.#onSuspend);
  }

  /** Nothing of ours is drawn any more. */
  release(): void {
    process.off('exit', this.#onExit);
    process.off('SIGTSTP', this.#onSuspend);
  }

  readonly #onExit = (): void => this.#events.onEnd();

  readonly #onSuspend = (): void => {
    this.#events.onSuspend();
    this.#lookAgainMs = 0;
    // Nobody listens for it now, so that it does what it always does.
    process.kill(process.pid, 'SIGTSTP');
  };
}
