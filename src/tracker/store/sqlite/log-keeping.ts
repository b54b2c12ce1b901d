/**
 * Keeps the write-ahead log of the tracker's database short. When it has grown past a bound a thread copies it into the
 * database, beside everybody; what was written meanwhile is copied while changes wait, and the log begins anew.
 * Changes wait as well while the thread falls behind. Somebody who reads an old state for long (a backup) keeps the log
 * from beginning anew; then it goes on growing, and this is tried again. Looks wait for none of it.
 * Lifecycle: idle → copying → holding changes up → idle.
 */
import { leaveToWaiters } from '../../../net/deferred.js';
import { LOG_FRAMES, MOST_LOG_FRAMES } from '../../../net/limits.js';
import type { CheckpointOrder, CheckpointReply } from './checkpoint-messages.js';

export interface LogKeepingOptions {
  readonly holds: (frames: number) => Promise<boolean>;
  readonly order: (order: Exclude<CheckpointOrder, 'close'>) => Promise<CheckpointReply>;
  /** Runs work when all that was committed is on the disk, and holds changes up meanwhile. */
  readonly holdingUp: (work: () => Promise<void>) => Promise<void>;
  /** Has looks read the database itself: what they read so far lies in the log. */
  readonly renew: () => Promise<void>;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  /** Changes were held up for so long. */
  readonly onHeldUp: (tookMs: number) => void;
  /** It did not work, which will be tried again. */
  readonly onFault: (fault: Error) => void;
}

export class LogKeeping {
  readonly #options: LogKeepingOptions;
  /** So many frames are too many. */
  #bound = LOG_FRAMES;
  #running: Promise<void> | undefined;
  #copying: Promise<unknown> | undefined;
  /** Changes have to wait for the copy that is under way. */
  #isBehind = false;

  constructor(options: LogKeepingOptions) {
    this.#options = options;
  }

  /** Resolves when changes may be written. */
  async room(): Promise<void> {
    if (!this.#isBehind || !this.#copying) return;
    const { steadyMs, onHeldUp } = this.#options;
    const startedAtMs = steadyMs();
    await this.#copying;
    onHeldUp(steadyMs() - startedAtMs);
  }

  /** Something was written that is on the disk by now. */
  async onWritten(): Promise<void> {
    const { holds, onFault } = this.#options;
    try {
      if (this.#copying) this.#isBehind = await holds(this.#bound + MOST_LOG_FRAMES - LOG_FRAMES);
      else if (!this.#running && (await holds(this.#bound))) this.#begin();
    } catch (error) {
      onFault(error as Error);
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #begin(): void {
    if (this.#running) return;
    this.#running = this.#shorten()
      .catch((error: Error) => {
        this.#bound += LOG_FRAMES;
        this.#options.onFault(error);
      })
      .finally(() => (this.#running = undefined));
  }

  async #shorten(): Promise<void> {
    const copying = this.#order('copy');
    this.#copying = copying;
    leaveToWaiters(copying);
    try {
      await copying;
    } finally {
      this.#copying = undefined;
      this.#isBehind = false;
    }
    const { holdingUp, steadyMs, onHeldUp } = this.#options;
    await holdingUp(async () => {
      const startedAtMs = steadyMs();
      await this.#beginAnew();
      onHeldUp(steadyMs() - startedAtMs);
    });
  }

  /** Whoever reads what is in the log keeps it; looks are at its end, and read the database once all of it is there. */
  async #beginAnew(): Promise<void> {
    let { frames, isDone } = await this.#order('copy');
    if (isDone) {
      await this.#options.renew();
      ({ frames, isDone } = await this.#order('begin-anew'));
    }
    this.#bound = isDone ? LOG_FRAMES : frames + LOG_FRAMES;
  }

  async #order(order: Exclude<CheckpointOrder, 'close'>) {
    const reply = await this.#options.order(order);
    if (reply.ok) return reply;
    const { message, errcode } = reply;
    throw Object.assign(new Error(message), { errcode });
  }
}
