/**
 * Progress for people: a bar on a terminal, now and then a line elsewhere. The only importer
 * of cli-progress. It shows what it is told and knows nothing of downloads.
 */
import cliProgress from 'cli-progress';
import { display } from '../../net/display.js';
import { cutToWidth } from './display-width.js';
import type { OutputStream } from './environment.js';
import type { ProgressDisplay, ProgressView } from './output.js';
import { formatBytes, formatDuration, formatPercent, formatRate } from './quantities.js';

/** Redraws per second; more costs processor time and shows nothing new. */
const BAR_FRAMES_PER_SECOND = 8;
/** Leaves room for all figures in 80 columns. */
const BAR_WIDTH_CELLS = 12;
/** A log must not grow with the download's length more than this. */
const LINE_INTERVAL_MS = 2_000;
/** Where a terminal does not say how wide it is (some say 0). */
const DEFAULT_COLUMNS = 80;

/** One bar that redraws itself in place; needs a terminal. */
export class ProgressBar implements ProgressDisplay {
  readonly #stream: OutputStream;
  #bar: cliProgress.SingleBar | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  update(view: ProgressView): void {
    this.#bar ??= this.#start(view);
    this.#bar.update(Math.min(view.done, view.size), { view });
  }

  stop(): void {
    process.off('exit', this.#onExit);
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** A process that ends in the middle must give the terminal its cursor back. */
  readonly #onExit = (): void => this.#bar?.stop();

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
    bar.start(view.size, view.done, { view });
    process.once('exit', this.#onExit);
    return bar;
  }
}

/** Plain lines for logs and pipes, at most one every two seconds. */
export class ProgressLines implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #nowMs: () => number;
  #nextMs: number;

  constructor(stream: OutputStream, nowMs: () => number) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#nextMs = nowMs() + LINE_INTERVAL_MS;
  }

  update(view: ProgressView): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LINE_INTERVAL_MS;
    this.#stream.write(`${display(view.title)}: ${figures(view)}\n`);
  }

  stop(): void {
    // A line that is written stays.
  }
}

function columnsOf({ columns }: OutputStream): number {
  return columns === undefined || columns === 0 ? DEFAULT_COLUMNS : columns;
}

/** The bar of a view, never wider than the terminal: a wrapped line cannot be redrawn. */
export function barLine(view: ProgressView, columns: number): string {
  const share = view.size === 0 ? 1 : Math.min(1, view.done / view.size);
  const full = Math.floor(share * BAR_WIDTH_CELLS);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH_CELLS - full)}]`;
  const line = `${bar} ${figures(view)}  ${display(view.title)}`;
  return cutToWidth(line, columns - 1);
}

function figures(view: ProgressView): string {
  const parts = [
    formatPercent(view.done, view.size),
    `${formatBytes(view.done)} of ${formatBytes(view.size)}`,
    formatRate(view.bytesPerSecond),
  ];
  if (view.bytesPerSecond > 0 && view.done < view.size) {
    const leftMs = ((view.size - view.done) / view.bytesPerSecond) * 1000;
    parts.push(`${formatDuration(leftMs)} left`);
  }
  if (view.detail !== '') parts.push(view.detail);
  return parts.join(', ');
}
