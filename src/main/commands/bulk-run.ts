/**
 * Many files in one command: works on a bounded number at a time, goes on when one of them
 * fails, shows one progress for all, and ends with one summary. What is done with a file is
 * the command's; nothing here knows of uploads or downloads, but for what a download may wait for.
 */
import { setMaxListeners } from 'node:events';
import { P2pError } from '../../net/errors.js';
import type { Output, ProgressView } from '../terminal/output.js';
import { WAITS } from '../terminal/download-report.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { formatBytes, formatDuration, formatRate } from '../terminal/quantities.js';
import { endsAll, someFailed } from './some-failed.js';
import { TransferAnswer, type TransferRecord } from './transfer-answer.js';

/** One file of many. */
export interface BulkItem {
  readonly name: string;
  /** Bytes; 0 when they are not known yet. */
  readonly size: number;
}

/** How far one file is. */
export type ItemProgress = Pick<ProgressView, 'done' | 'phase'>;

/** One that is worked on. */
interface ItemUnderWay extends ItemProgress {
  readonly sinceMs: number;
  readonly meter: ProgressRate;
}

/** What became of one file; whatever else happens to it is thrown. */
export interface ItemOutcome {
  /** `already`: there was nothing to do. */
  readonly kind: 'done' | 'already';
  /** What programs get of it. */
  readonly file: TransferRecord;
}

export interface BulkRunOptions<Item extends BulkItem> {
  readonly items: readonly Item[];
  readonly groupId: string;
  /** `uploaded`, `downloaded`. */
  readonly verb: string;
  /** What is said of those with which there was nothing to do, e.g. `there already`. */
  readonly already: string;
  /** What the progress says, e.g. `downloading from g`. */
  readonly title: string;
  readonly out: Output;
  readonly signal: AbortSignal;
  /** So many are worked on at a time. */
  readonly atATime: number;
  /** Works on one file; `onProgress` takes how many of its bytes are done so far, and what is done with it now. */
  readonly work: (item: Item, onProgress: (progress: ItemProgress) => void) => Promise<ItemOutcome>;
}

/** Between two looks at the progress of many files. */
const SHOW_INTERVAL_MS = 50;

/** What is done sooner gets no row of its own: names that come and go too fast cannot be read. */
const ROW_AFTER_MS = 500;

/** What all that are worked on wait for is said of the whole once it has lasted so long. */
const WAIT_SHOWN_AFTER_MS = 1_000;

/** One run over many files. Life: made → run → over. */
export class BulkRun<Item extends BulkItem> {
  readonly #options: BulkRunOptions<Item>;
  readonly #meter = new ProgressRate(() => performance.now());
  readonly #answer: TransferAnswer;
  /** Of those that are worked on; without those with which there was nothing to do. */
  #totalBytes: number;
  /** Bytes of files that are being worked on. */
  readonly #underWay = new Map<Item, ItemUnderWay>();
  /** The sum of those: there may be many, and each tells often. */
  #partialBytes = 0;
  #firstFailure: P2pError | undefined;
  #isEnding = false;
  #shownAtMs = -Infinity;
  /** What all of those wait for, and since when. */
  #wait: { readonly phase: string; readonly sinceMs: number } | undefined;

  constructor(options: BulkRunOptions<Item>) {
    this.#options = options;
    this.#answer = new TransferAnswer({ isListed: options.out.isJson === true });
    this.#totalBytes = options.items.reduce((sum, { size }) => sum + size, 0);
  }

  /** Works through all files. @throws P2pError when any of them failed, after the summary */
  async run(): Promise<void> {
    const { items, out, signal, atATime } = this.#options;
    // Each file listens; by default Node takes more than ten listeners for a leak, and says so.
    setMaxListeners(2 * atATime, signal);
    const queue = items.values();
    const worker = async (): Promise<void> => {
      for (const item of queue) {
        if (!this.#isEnding && !signal.aborted) await this.#runOne(item);
      }
    };
    await Promise.all(Array.from({ length: Math.min(items.length, atATime) }, worker));
    // Whoever ends it early wants to know as well what is done.
    const { done, already, failed } = this.#answer.counts;
    const lines = signal.aborted && done + already + failed === 0 ? [] : [this.#summary()];
    out.result({ groupId: this.#options.groupId, ...this.#answer.value }, lines);
    signal.throwIfAborted();
    if (this.#firstFailure !== undefined) throw this.#closingError(this.#firstFailure);
  }

  async #runOne(item: Item): Promise<void> {
    const sinceMs = performance.now();
    const meter = new ProgressRate(() => performance.now());
    this.#underWay.set(item, { done: 0, sinceMs, meter });
    const onProgress = (progress: ItemProgress): void => {
      this.#partialBytes += progress.done - (this.#underWay.get(item)?.done ?? 0);
      this.#underWay.set(item, { ...progress, sinceMs, meter });
      this.#show();
    };
    try {
      const outcome = await this.#options.work(item, onProgress);
      this.#onOutcome(item, outcome);
    } catch (error) {
      this.#onFailure(item, error);
    } finally {
      this.#partialBytes -= this.#underWay.get(item)?.done ?? 0;
      this.#underWay.delete(item);
      this.#show();
    }
  }

  #onOutcome(item: Item, outcome: ItemOutcome): void {
    if (outcome.kind === 'done') return this.#answer.onDone(outcome.file);
    this.#totalBytes -= item.size;
    this.#answer.onAlready(outcome.file);
  }

  #onFailure(item: Item, error: unknown): void {
    if (!(error instanceof P2pError)) throw error;
    if (this.#options.signal.aborted) return;
    const isLate = this.#isEnding;
    this.#isEnding ||= endsAll(error);
    // Nothing has happened yet: the command as a whole cannot be carried out.
    const { done, failed } = this.#answer.counts;
    if (this.#isEnding && done + failed === 0) throw error;
    this.#answer.onFailed({ fileName: item.name }, error);
    this.#totalBytes -= item.size;
    this.#firstFailure ??= error;
    // Once all is ending, the files under way fail for the same reason.
    if (!isLate) this.#options.out.failure(`error: ${item.name}: ${error.message}`);
  }

  /** Nobody reads faster; the end is always shown. */
  #show(): void {
    const { out, title, items } = this.#options;
    const nowMs = performance.now();
    const { done: ended, already, failed } = this.#answer.counts;
    const over = ended + already + failed;
    if (over < items.length && nowMs - this.#shownAtMs < SHOW_INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    const done = this.#answer.bytes + this.#partialBytes;
    const bytesPerSecond = this.#meter.onTotal(done);
    const detail = `${over} of ${items.length} files`;
    const size = Math.max(this.#totalBytes, done);
    const whole = { title, size, done, bytesPerSecond, detail, ...this.#waitOfAll(nowMs) };
    out.progress({ ...whole, parts: this.#parts(nowMs) });
  }

  /** Nothing where any of them does something else. */
  #waitOfAll(nowMs: number): Pick<ProgressView, 'phase'> {
    const phases = new Set([...this.#underWay.values()].map((one) => one.phase));
    const waits = WAITS.filter((wait) => phases.has(wait));
    const phase = waits.length === phases.size ? waits[0] : undefined;
    if (phase === undefined) this.#wait = undefined;
    else if (this.#wait?.phase !== phase) this.#wait = { phase, sinceMs: nowMs };
    if (this.#wait === undefined || nowMs - this.#wait.sinceMs < WAIT_SHOWN_AFTER_MS) return {};
    return { phase: this.#wait.phase };
  }

  /** In the order in which they were begun, so that rows do not jump. */
  #parts(nowMs: number): ProgressView[] {
    const parts: ProgressView[] = [];
    for (const [{ name: title, size }, { sinceMs, meter, ...progress }] of this.#underWay) {
      if (nowMs - sinceMs < ROW_AFTER_MS) continue;
      const bytesPerSecond = meter.onTotal(progress.done);
      parts.push({
        title,
        size: Math.max(size, progress.done),
        ...progress,
        bytesPerSecond,
        detail: '',
      });
    }
    return parts;
  }

  #summary(): string {
    const { items, verb, already: words } = this.#options;
    const { counts, bytes, elapsedMs } = this.#answer;
    const { done, already, failed } = counts;
    const seconds = Math.max(elapsedMs, 1) / 1000;
    const rates = `${formatRate(bytes / seconds)}, ${(done / seconds).toFixed(0)} files/s`;
    const rest = [
      already > 0 ? `, ${already} ${words}` : '',
      failed > 0 ? `, ${failed} failed` : '',
    ].join('');
    return (
      `${verb} ${done} of ${items.length} files, ${formatBytes(bytes)} in ` +
      `${formatDuration(elapsedMs)} (${rates})${rest}`
    );
  }

  #closingError(first: P2pError): P2pError {
    const { done, already } = this.#answer.counts;
    const left = this.#options.items.length - done - already;
    return someFailed(first, left, this.#options.verb);
  }
}
