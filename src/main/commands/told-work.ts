/** Tells, to who wants every step, how far something is that has no peers: reading a file, checking several. */
import { P2pError, toWireError } from '../../net/errors.js';
import { EVENT_PROGRESS_INTERVAL_MS } from '../../net/limits.js';
import type { Work, WorkEvent } from '../api/detail-events.js';
import type { Output } from '../terminal/output.js';

type ProgressFacts = Omit<Extract<WorkEvent, { type: 'progress' }>, 'type' | keyof Facts>;

interface Facts {
  readonly work: Work;
  readonly groupId?: string;
}

/** Life: made → started at the first progress → done or failed. */
export class ToldWork {
  readonly #out: Pick<Output, 'event' | 'hears'>;
  readonly #facts: Facts;
  #isStarted = false;
  #state: ProgressFacts['state'] | undefined;
  #toldAtMs = -Infinity;

  constructor(out: Pick<Output, 'event' | 'hears'>, facts: Facts) {
    this.#out = out;
    this.#facts = facts;
  }

  onProgress(progress: ProgressFacts, nowMs: number): void {
    if (this.#out.hears !== 'all') return;
    const { fileName, size, state } = progress;
    if (!this.#isStarted) this.#tell({ type: 'started', ...this.#facts, fileName, size });
    this.#isStarted = true;
    if (state === this.#state && nowMs - this.#toldAtMs < EVENT_PROGRESS_INTERVAL_MS) return;
    this.#state = state;
    this.#toldAtMs = nowMs;
    this.#tell({ type: 'progress', ...this.#facts, ...progress });
  }

  /** Waits for the work, and tells how it has ended. */
  async until<Result>(
    work: Promise<Result>,
    fileName: string,
    sizeOf: (result: Result) => number,
  ): Promise<Result> {
    try {
      const result = await work;
      this.#tell({ type: 'done', ...this.#facts, fileName, size: sizeOf(result) });
      return result;
    } catch (error) {
      if (error instanceof P2pError)
        this.#tell({ type: 'failed', ...this.#facts, fileName, error: toWireError(error) });
      throw error;
    }
  }

  #tell(event: WorkEvent): void {
    if (this.#out.hears === 'all') this.#out.event(event);
  }
}
