/**
 * What `upload`, `download`, `get` and `resume` answer to programs: the same of one file and of many. What
 * has no room in the lists is counted all the same.
 */
import { toWireError, type WireError } from '../../net/errors.js';
import { MAX_FAILURES_LISTED, MAX_TRANSFERS_LISTED } from '../../net/limits.js';

/** A file with which the command is done. */
export interface TransferRecord {
  readonly fileName: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** One that failed, where the command goes on with the others. */
export interface TransferFailure extends WireError {
  readonly groupId?: string;
  readonly fileName: string;
}

/** Collects what becomes of each file. */
export class TransferAnswer {
  readonly #startedAtMs = performance.now();
  readonly #isListed: boolean;
  readonly #files: TransferRecord[] = [];
  readonly #failures: TransferFailure[] = [];
  #done = 0;
  #already = 0;
  #failed = 0;
  #bytes = 0;

  /** Where no program reads it, files are counted and none is kept. */
  constructor({ isListed }: { readonly isListed: boolean }) {
    this.#isListed = isListed;
  }

  /** Files that were carried over, and those with which there was nothing to do. */
  get counts(): { readonly done: number; readonly already: number; readonly failed: number } {
    return { done: this.#done, already: this.#already, failed: this.#failed };
  }

  /** Of those that were carried over. */
  get bytes(): number {
    return this.#bytes;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  onDone(file: TransferRecord): void {
    this.#done++;
    this.#bytes += file.size;
    this.#list(file);
  }

  onAlready(file: TransferRecord): void {
    this.#already++;
    this.#list(file);
  }

  onFailed(file: { readonly groupId?: string; readonly fileName: string }, error: unknown): void {
    this.#failed++;
    if (this.#isListed && this.#failures.length < MAX_FAILURES_LISTED)
      this.#failures.push({ ...file, ...toWireError(error) });
  }

  /** The answer, as far as it is known now. */
  get value() {
    const { counts, bytes, elapsedMs } = this;
    const isComplete =
      this.#files.length === this.#done + this.#already && this.#failures.length === this.#failed;
    return { files: this.#files, failures: this.#failures, isComplete, counts, bytes, elapsedMs };
  }

  #list(file: TransferRecord): void {
    if (this.#isListed && this.#files.length < MAX_TRANSFERS_LISTED) this.#files.push(file);
  }
}

/** The answer about one file, with how long it took. */
export function answerOfOne(kind: 'done' | 'already', file: TransferRecord, elapsedMs: number) {
  const answer = new TransferAnswer({ isListed: true });
  if (kind === 'done') answer.onDone(file);
  else answer.onAlready(file);
  return { ...answer.value, elapsedMs };
}
