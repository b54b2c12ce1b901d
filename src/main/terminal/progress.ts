/**
 * Progress for people: a bar on a terminal, now and then a line elsewhere. The only importer
 * of cli-progress. It shows what it is told and knows nothing of downloads.
 */
import cliProgress from 'cli-progress';
import { display } from '../../net/display.js';
import { cutToWidth, displayWidth, shortenToWidth } from './display-width.js';
import { columnsOf, type OutputStream } from './environment.js';
import type { ProgressDisplay, ProgressView } from './output.js';
import { TerminalHold } from './terminal-hold.js';
import { formatBytes, formatPercent, formatRate, formatTimeLeft } from './quantities.js';

/** Redraws per second; more costs processor time and shows nothing new. */
const BAR_FRAMES_PER_SECOND = 8;
/** Leaves room for all figures in 80 columns. */
const BAR_WIDTH_CELLS = 12;
/** Enough of a name to tell files from each other. */
const LEAST_TITLE_CELLS = 24;
/** A log must not grow with the download's length more than this. */
const LINE_INTERVAL_MS = 2_000;
/** A line that says nothing new comes this seldom: often enough to show that something waits. */
const SAME_LINE_INTERVAL_MS = 60_000;

/**
 * One bar that redraws itself in place; needs a terminal, and leaves it alone while another process
 * has it. Life: hidden ⇄ drawn.
 */
export class ProgressBar implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #hold: TerminalHold;
  #bar: cliProgress.SingleBar | undefined;

  constructor(stream: OutputStream, mayDraw?: () => boolean) {
    this.#stream = stream;
    this.#hold = new TerminalHold(
      { onEnd: () => this.#bar?.stop(), onSuspend: () => this.stop() },
      mayDraw,
    );
  }

  update(view: ProgressView): void {
    if (!this.#hold.mayDraw()) return this.stop();
    this.#bar ??= this.#start(view);
    this.#bar.update(Math.min(view.done, view.size), { view });
  }

  stop(): void {
    this.#hold.release();
    this.#bar?.stop();
    this.#bar = undefined;
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
    this.#hold.take();
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
