/**
 * Progress for people: a bar or rows on a terminal, now and then a line elsewhere. The only importer
 * of cli-progress. It shows what it is told and knows nothing of downloads.
 */
import cliProgress from 'cli-progress';
import { display } from '../../net/display.js';
import { laterWithoutStaying, type Later } from '../../net/later.js';
import { BarTerminal } from './bar-terminal.js';
import { cutToWidth, displayWidth, shortenToWidth } from './display-width.js';
import { columnsOf, type OutputStream } from './environment.js';
import type { ProgressDisplay, ProgressView } from './output.js';
import { LiveLines } from './live-lines.js';
import { formatBytes, formatPercent, formatRate, formatTimeLeft } from './quantities.js';

/** Redraws per second; more costs processor time and shows nothing new. */
const BAR_FRAMES_PER_SECOND = 8;
/** Leaves room for all figures in 80 columns. */
const BAR_WIDTH_CELLS = 12;
/** Enough of a name to tell files from each other. */
const LEAST_TITLE_CELLS = 24;
/** More would push what was printed before off the screen. */
const MAX_PROGRESS_ROWS = 5;
/** A log must not grow faster than this. */
const LINE_INTERVAL_MS = 2_000;
/** While no tenth is reached, a line comes this seldom: often enough to show that something waits. */
const QUIET_INTERVAL_MS = 60_000;

/** cli-progress takes a terminal; its types do not know. */
interface BarOptions extends cliProgress.Options {
  readonly terminal: BarTerminal;
}

/** One bar that is drawn again in place; needs a terminal. Life: hidden ⇄ drawn. */
export class ProgressBar implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #lines: LiveLines;
  #bar: cliProgress.SingleBar | undefined;

  constructor(stream: OutputStream, mayDraw?: () => boolean) {
    this.#stream = stream;
    this.#lines = new LiveLines(stream, mayDraw, 'it goes');
  }

  update(view: ProgressView): void {
    this.#bar ??= this.#start(view);
    this.#bar.update(Math.min(view.done, view.size), { view });
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #start(view: ProgressView): cliProgress.SingleBar {
    const options: BarOptions = {
      format: (_options, _params, payload: { view: ProgressView }) =>
        barLine(payload.view, columnsOf(this.#stream)),
      terminal: new BarTerminal(this.#lines),
      fps: BAR_FRAMES_PER_SECOND,
      clearOnComplete: true,
      // What stands on the screen is known to the live line alone.
      forceRedraw: true,
      // Signals are ours to handle: a handler of its own would exit before anything is saved.
      gracefulExit: false,
    };
    const bar = new cliProgress.SingleBar(options);
    bar.start(view.size, view.done, { view });
    return bar;
  }
}

/**
 * A row for all and one for each thing that is worked on, drawn again in place. Life: hidden ⇄ drawn.
 */
export class ProgressRows implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #lines: LiveLines;
  readonly #nowMs: () => number;
  #nextMs = 0;

  constructor(stream: OutputStream, nowMs: () => number, mayDraw?: () => boolean) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#lines = new LiveLines(stream, mayDraw);
  }

  update(view: ProgressView): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + 1_000 / BAR_FRAMES_PER_SECOND;
    const columns = columnsOf(this.#stream);
    const rows = (view.parts ?? []).slice(0, MAX_PROGRESS_ROWS);
    this.#lines.update([view, ...rows].map((one) => barLine(one, columns)));
  }

  stop(): void {
    this.#lines.clear();
    this.#nextMs = 0;
  }
}

/** On a terminal: a bar, or rows for what consists of several things. */
export class TerminalProgress implements ProgressDisplay {
  readonly #bar: ProgressBar;
  readonly #rows: ProgressRows;

  constructor(stream: OutputStream, nowMs: () => number, mayDraw?: () => boolean) {
    this.#bar = new ProgressBar(stream, mayDraw);
    this.#rows = new ProgressRows(stream, nowMs, mayDraw);
  }

  update(view: ProgressView): void {
    const [used, other] = view.parts ? [this.#rows, this.#bar] : [this.#bar, this.#rows];
    other.stop();
    used.update(view);
  }

  stop(): void {
    this.#bar.stop();
    this.#rows.stop();
  }
}

/**
 * Plain lines for logs and pipes: one for each tenth and each phase, and one a minute in which nothing else comes. What
 * came too soon for a line has one when it is due, although nothing more comes: of what stands still that is all.
 */
export class ProgressLines implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #nowMs: () => number;
  /** What is done sooner needs no line. */
  #nextMs: number;
  #step = '';
  #againMs: number;
  readonly #later: Later;
  /** The last view that came too soon; set together with what takes its line back. */
  #early: { view: ProgressView; readonly takeBack: () => void } | undefined;

  constructor(stream: OutputStream, nowMs: () => number, later: Later = laterWithoutStaying) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#later = later;
    this.#nextMs = nowMs() + LINE_INTERVAL_MS;
    this.#againMs = this.#nextMs;
  }

  update(view: ProgressView): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return this.#keep(view, this.#nextMs - nowMs);
    this.stop();
    const { title, phase = '', done, size } = view;
    const tenth = size === 0 ? 0 : Math.floor((10 * done) / size);
    const step = [title, phase, tenth].join('\n');
    if (step === this.#step && nowMs < this.#againMs) return;
    this.#step = step;
    this.#nextMs = nowMs + LINE_INTERVAL_MS;
    this.#againMs = nowMs + QUIET_INTERVAL_MS;
    this.#stream.write(`${display(title)}: ${phase === '' ? '' : `${phase}, `}${figures(view)}\n`);
  }

  /** A line that is written stays. */
  stop(): void {
    this.#early?.takeBack();
    this.#early = undefined;
  }

  #keep(view: ProgressView, waitMs: number): void {
    if (this.#early) return void (this.#early.view = view);
    const takeBack = this.#later(waitMs, () => {
      const early = this.#early?.view;
      this.#early = undefined;
      if (early) this.update(early);
    });
    this.#early = { view, takeBack };
  }
}

/**
 * The bar of a view, never wider than the terminal: a wrapped line cannot be redrawn. The name comes first and
 * keeps LEAST_TITLE_CELLS; of what does not fit, the total goes first, then the peers, then the bar; what is done
 * now goes last.
 */
export function barLine(view: ProgressView, columns: number): string {
  const title = display(view.title);
  const room = columns - 1;
  const share = view.size === 0 ? 1 : Math.min(1, view.done / view.size);
  const full = Math.floor(share * BAR_WIDTH_CELLS);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH_CELLS - full)}] `;
  const brief = figures({ ...view, detail: '' }, 'done');
  // How many of several are done tells more than how many bytes.
  const counted = view.parts ? [bar + figures(view, 'none')] : [];
  const percent = formatPercent(view.done, view.size);
  const rate = `${percent}, ${formatRate(view.bytesPerSecond)}`;
  const phase = view.phase === undefined ? '' : `${view.phase} `;
  const tails = [
    ...[
      bar + figures(view),
      bar + figures(view, 'done'),
      ...counted,
      bar + brief,
      brief,
      rate,
      percent,
    ].map((tail) => phase + tail),
    percent,
  ];
  const least = Math.min(displayWidth(title), LEAST_TITLE_CELLS);
  const tail = tails.find((one) => one.length + 2 + least <= room) ?? tails.at(-1)!;
  return cutToWidth(`${shortenToWidth(title, Math.max(1, room - tail.length - 2))}  ${tail}`, room);
}

/** How much of the bytes is told: those done of all, those done, or none. */
type Bytes = 'total' | 'done' | 'none';

function figures(view: ProgressView, bytes: Bytes = 'total'): string {
  const done = formatBytes(view.done);
  const parts = [
    formatPercent(view.done, view.size),
    ...{ total: [`${done} of ${formatBytes(view.size)}`], done: [done], none: [] }[bytes],
    formatRate(view.bytesPerSecond),
  ];
  if (view.bytesPerSecond > 0 && view.done < view.size) {
    const leftMs = ((view.size - view.done) / view.bytesPerSecond) * 1000;
    parts.push(`${formatTimeLeft(leftMs)} left`);
  }
  if (view.detail !== '') parts.push(view.detail);
  return parts.join(', ');
}
