/**
 * Keeps the write-ahead log of the tracker's database short. When it has grown past a bound a thread copies it into the
 * database, beside everybody; what was written meanwhile is copied while changes wait, and the log begins anew.
 * Changes wait as well while the thread falls behind. Somebody who reads an old state for long (a backup) keeps the log
 * from beginning anew; then it goes on growing, and this is tried again. Looks wait for none of it.
 * A disk that fails ends it: what was copied may be lost, and the log is left as it is for the next start.
 * Lifecycle: idle → copying → holding changes up → idle; closing or lost, then nothing begins any more.
 */
import { leaveToWaiters, whenSettled } from '../../../net/deferred.js';
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
  /** What was copied may be lost: nothing is tried again before the next start, which reads the log from its beginning. */
  readonly onLost: (error: Error) => void;
}

export class LogKeeping {
  readonly #options: LogKeepingOptions;
  /** So many frames are too many. */
  #bound = LOG_FRAMES;
  #state: 'open' | 'closing' | 'lost' = 'open';
  #looking: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #copying: Promise<unknown> | undefined;
  /** Changes have to wait for the copy that is under way. */
  #isBehind = false;

  constructor(options: LogKeepingOptions) {
    this.#options = options;
  }

  /** The log is to be left as it is. */
  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /** Resolves when changes may be written. */
  async room(): Promise<void> {
    if (!this.#isBehind || !this.#copying) return;
    const { steadyMs, onHeldUp } = this.#options;
    const startedAtMs = steadyMs();
    await whenSettled(this.#copying);
    onHeldUp(steadyMs() - startedAtMs);
  }

  /** Something was written that is on the disk by now. What comes while this looks is seen at the next one. */
  onWritten(): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve();
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#looking;
    await this.#running;
  }

  /** Begins nothing any more; resolves when nothing is under way. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    await this.idle();
  }

  async #look(): Promise<void> {
    const { holds, onFault } = this.#options;
    try {
      if (this.#copying) this.#isBehind = await holds(this.#bound + MOST_LOG_FRAMES - LOG_FRAMES);
      else if (!this.#running && (await holds(this.#bound))) this.#begin();
    } catch (error) {
      onFault(error as Error);
    }
  }

  #begin(): void {
    if (this.#running || this.#state !== 'open') return;
    this.#running = this.#shorten()
      .catch((error: Error) => {
        if (this.#state === 'lost') return;
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
    const { message, errcode, isLost } = reply;
    const error = Object.assign(new Error(message), { errcode });
    if (isLost) {
      this.#state = 'lost';
      this.#options.onLost(error);
    }
    throw error;
  }
}
