/**
 * Progress for people: a bar on a terminal, now and then a line elsewhere. The only importer
 * of cli-progress. It shows what it is told and knows nothing of downloads.
 */
import cliProgress from 'cli-progress';
import { display } from '../../net/display.js';
import { cutToWidth, displayWidth, shortenToWidth } from './display-width.js';
import type { OutputStream } from './environment.js';
import { isInForeground } from './foreground.js';
import type { ProgressDisplay, ProgressView } from './output.js';
import { formatBytes, formatPercent, formatRate, formatTimeLeft } from './quantities.js';

/** Redraws per second; more costs processor time and shows nothing new. */
const BAR_FRAMES_PER_SECOND = 8;
/** Leaves room for all figures in 80 columns. */
const BAR_WIDTH_CELLS = 12;
/** Enough of a name to tell files from each other. */
const LEAST_TITLE_CELLS = 24;
/** How often a bar asks whether the terminal is still its own. */
const FOREGROUND_LOOK_MS = 500;
/** A log must not grow with the download's length more than this. */
const LINE_INTERVAL_MS = 2_000;
/** A line that says nothing new comes this seldom: often enough to show that something waits. */
const SAME_LINE_INTERVAL_MS = 60_000;
/** Where a terminal does not say how wide it is (some say 0). */
const DEFAULT_COLUMNS = 80;

/**
 * One bar that redraws itself in place; needs a terminal, and leaves it alone while another process
 * has it. Life: hidden ⇄ drawn.
 */
export class ProgressBar implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #mayDraw: () => boolean;
  #bar: cliProgress.SingleBar | undefined;
  #lookAgainMs = 0;
  #isAllowed = false;

  constructor(stream: OutputStream, mayDraw: () => boolean = isInForeground) {
    this.#stream = stream;
    this.#mayDraw = mayDraw;
  }

  update(view: ProgressView): void {
    if (!this.#isAllowedNow()) return this.stop();
    this.#bar ??= this.#start(view);
    this.#bar.update(Math.min(view.done, view.size), { view });
  }

  stop(): void {
    process.off('exit', this.#onExit);
    process.off('SIGTSTP', this.#onSuspend);
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** A process that ends in the middle must give the terminal its cursor back. */
  readonly #onExit = (): void => this.#bar?.stop();

  /**
   * Ctrl-Z: the shell gets its terminal as it was. What is drawn after `fg` is a new bar, because the place
   * of the old one has moved.
   */
  readonly #onSuspend = (): void => {
    this.stop();
    this.#lookAgainMs = 0;
    // Nobody listens for it now, so that it does what it always does.
    process.kill(process.pid, 'SIGTSTP');
  };

  #isAllowedNow(): boolean {
    const nowMs = performance.now();
    if (nowMs < this.#lookAgainMs) return this.#isAllowed;
    this.#lookAgainMs = nowMs + FOREGROUND_LOOK_MS;
    this.#isAllowed = this.#mayDraw();
    return this.#isAllowed;
  }

  #start(view: ProgressView): cliProgress.SingleBar {
    const bar = new cliProgress.SingleBar({
      format: (_options, _params, payload: { view: ProgressView }) =>
        barLine(payload.view, columnsOf(this.#stream)),
      stream: this.#stream,
      fps: BAR_FRAMES_PER_SECOND,
      clearOnComplete: true,
      hideCursor: true,
      // Signals are ours to handle: a handler of its own would exit before anything is saved.
      gracefulExit: false,
    });
    // Before anything is drawn, because from then on somebody may press Ctrl-Z.
    process.once('exit', this.#onExit);
    process.on('SIGTSTP', this.#onSuspend);
    this.#bar = bar;
    bar.start(view.size, view.done, { view });
    return bar;
  }
}

/** Plain lines for logs and pipes, at most one every two seconds, and seldom the same one again. */
export class ProgressLines implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #nowMs: () => number;
  #nextMs: number;
  #last = '';
  #sameAgainMs = 0;

  constructor(stream: OutputStream, nowMs: () => number) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#nextMs = nowMs() + LINE_INTERVAL_MS;
  }

  update(view: ProgressView): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LINE_INTERVAL_MS;
    const line = `${display(view.title)}: ${figures(view)}`;
    if (line === this.#last && nowMs < this.#sameAgainMs) return;
    this.#last = line;
    this.#sameAgainMs = nowMs + SAME_LINE_INTERVAL_MS;
    this.#stream.write(`${line}\n`);
  }

  stop(): void {
    // A line that is written stays.
  }
}

function columnsOf({ columns }: OutputStream): number {
  return columns === undefined || columns === 0 ? DEFAULT_COLUMNS : columns;
}

/**
 * The bar of a view, never wider than the terminal: a wrapped line cannot be redrawn. The name comes first and
 * keeps LEAST_TITLE_CELLS; of what does not fit, the total goes first, then the peers, then the bar.
 */
export function barLine(view: ProgressView, columns: number): string {
  const title = display(view.title);
  const room = columns - 1;
  const share = view.size === 0 ? 1 : Math.min(1, view.done / view.size);
  const full = Math.floor(share * BAR_WIDTH_CELLS);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH_CELLS - full)}] `;
  const brief = figures({ ...view, detail: '' }, false);
  const tails = [
    bar + figures(view),
    bar + figures(view, false),
    bar + brief,
    brief,
    formatPercent(view.done, view.size),
  ];
  const least = Math.min(displayWidth(title), LEAST_TITLE_CELLS);
  const tail = tails.find((one) => one.length + 2 + least <= room) ?? tails.at(-1)!;
  return cutToWidth(`${shortenToWidth(title, Math.max(1, room - tail.length - 2))}  ${tail}`, room);
}

function figures(view: ProgressView, withTotal = true): string {
  const done = formatBytes(view.done);
  const parts = [
    formatPercent(view.done, view.size),
    withTotal ? `${done} of ${formatBytes(view.size)}` : done,
    formatRate(view.bytesPerSecond),
  ];
  if (view.bytesPerSecond > 0 && view.done < view.size) {
    const leftMs = ((view.size - view.done) / view.bytesPerSecond) * 1000;
    parts.push(`${formatTimeLeft(leftMs)} left`);
  }
  if (view.detail !== '') parts.push(view.detail);
  return parts.join(', ');
}
