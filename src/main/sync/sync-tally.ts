/**
 * Counts what a sync does and tells how far it is: owns the counts, decides nothing.
 */
import { toWireError } from '../../net/errors.js';
import {
  MAX_FAILURES_LISTED,
  MAX_SYNC_LEFT_TOLD,
  MAX_SYNC_PARTS_TOLD,
  SYNC_PROGRESS_INTERVAL_MS,
} from '../../net/limits.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { SyncFailure, SyncPart, SyncProgress, SyncReport } from '../api/sync.js';
import type { SyncStep } from './sync-work.js';

export interface TallyOptions {
  readonly groupId: string;
  readonly folder: string;
  readonly emit: ClientEventListener;
  readonly onProgress: (progress: SyncProgress) => void;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  /** Milliseconds since 1970, for people. */
  readonly nowMs: () => number;
}

/** What a plan is about, in numbers. */
export interface Planned {
  readonly files: number;
  readonly here: number;
  readonly toFetch: number;
  readonly toShare: number;
  /** Bytes of what is to be fetched. */
  readonly bytes: number;
}

const NONE: Planned = { files: 0, here: 0, toFetch: 0, toShare: 0, bytes: 0 };

export class SyncTally {
  readonly #options: TallyOptions;
  readonly #startedAtMs: number;
  readonly #parts = new Map<string, SyncPart>();
  /** What failed, or was left, and has not gone well since. */
  readonly #failures = new Map<string, SyncFailure>();
  readonly #toldLeft = new Map<string, string>();
  #planned = NONE;
  #state: SyncProgress['state'] = 'checking';
  #fetched = 0;
  #shared = 0;
  #removed = 0;
  #bytes = 0;
  /** Bytes of items that are done since it was last waiting. */
  #roundBytes = 0;
  #toldAtMs = -Infinity;
  #isBegun = false;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#startedAtMs = options.steadyMs();
  }

  /** The first of them is told to people. */
  onPlanned(planned: Planned): void {
    this.#planned = planned;
    this.#state = 'working';
    const { groupId, folder, emit } = this.#options;
    const { files, here, toFetch, toShare, bytes: size } = planned;
    if (!this.#isBegun)
      emit({ type: 'sync-begun', groupId, folder, files, here, toFetch, toShare, size });
    this.#isBegun = true;
    this.#tell(true);
  }

  /** Nothing is left to be done for now. */
  onWaiting(): void {
    if (this.#state === 'waiting') return;
    this.#state = 'waiting';
    this.#roundBytes = 0;
    const { groupId, folder, emit } = this.#options;
    emit({ type: 'sync-waiting', groupId, folder });
    this.#tell(true);
  }

  onPart(part: SyncPart): void {
    this.#parts.set(part.fileName, part);
    this.#tell(false);
  }

  /** An item is done with, however. */
  onOver(name: string): void {
    this.#parts.delete(name);
  }

  onStep(fileName: string, step: SyncStep): void {
    const { groupId, folder, emit, nowMs } = this.#options;
    const { fetched = 0, size = 0, ...told } = step;
    this.#failures.delete(fileName);
    this.#toldLeft.delete(fileName);
    switch (step.step) {
      case 'fetched':
      case 'newer':
        this.#fetched++;
        this.#bytes += fetched;
        this.#roundBytes += size;
        break;
      case 'shared':
      case 'shared-newer':
        this.#shared++;
        break;
      case 'gone':
        this.#removed++;
        break;
      case 'ended':
      case 'left':
      case 'failed':
        break;
    }
    emit({ type: 'sync-step', groupId, folder, fileName, ...told, size, atMs: nowMs() });
    this.#tell(false);
  }

  /** It went well without anything to tell. */
  onWell(fileName: string): void {
    this.#failures.delete(fileName);
    this.#toldLeft.delete(fileName);
  }

  /** It did not go, or is left as it is; told once for each reason, and of what is left of the first only. */
  onFailure(fileName: string, step: 'left' | 'failed', error: unknown): void {
    const wire = toWireError(error);
    this.#failures.set(fileName, { fileName, ...wire });
    if (this.#toldLeft.get(fileName) === wire.message) return;
    if (this.#toldLeft.size >= MAX_SYNC_LEFT_TOLD && step === 'left') return;
    this.#toldLeft.set(fileName, wire.message);
    const { groupId, folder, emit, nowMs } = this.#options;
    emit({ type: 'sync-step', groupId, folder, fileName, step, error: wire, atMs: nowMs() });
  }

  /** What it comes to. */
  report(): SyncReport {
    const failures = [...this.#failures.values()].slice(0, MAX_FAILURES_LISTED);
    const { files, here } = this.#planned;
    return {
      ...{ files, here, fetched: this.#fetched, shared: this.#shared, removed: this.#removed },
      ...{ bytes: this.#bytes, elapsedMs: this.#options.steadyMs() - this.#startedAtMs },
      ...{ failures, failed: this.#failures.size },
    };
  }

  #tell(isNow: boolean): void {
    const nowMs = this.#options.steadyMs();
    if (!isNow && nowMs - this.#toldAtMs < SYNC_PROGRESS_INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    const parts = [...this.#parts.values()];
    const fetching = parts.filter(({ phase }) => phase === undefined);
    const done = this.#roundBytes + fetching.reduce((sum, part) => sum + part.done, 0);
    const { files, here, toFetch, toShare, bytes } = this.#planned;
    this.#options.onProgress({
      ...{ state: this.#state, files, here, toFetch, toShare },
      ...{ size: Math.max(done, this.#roundBytes + bytes), done },
      parts: parts.slice(0, MAX_SYNC_PARTS_TOLD),
    });
  }
}
