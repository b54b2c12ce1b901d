/**
 * What becomes of a process whose output cannot be written: a reader that has gone (EPIPE), a
 * terminal that was closed (EIO), a full disk under a log (ENOSPC). Output never decides over the
 * work: whatever runs goes on without it, and only a result that reached nobody although
 * somebody waits for it is an error, once the work is done. Owns the `error` listeners of both streams.
 */
import { StorageError } from '../../net/errors.js';
import { laterWithoutStaying } from '../../net/later.js';
import { OUTPUT_END_WAIT_MS } from '../../net/limits.js';
import type { OutputStream } from './environment.js';

interface Streams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** The faults of the output streams of one run, for as long as there are streams. */
export class OutputFaults {
  readonly #streams: Streams;
  #lostResult: NodeJS.ErrnoException | undefined;
  #isTerminalGone = false;
  readonly #readerGone = new AbortController();

  constructor(streams: Streams) {
    this.#streams = streams;
    streams.stdout.on('error', this.#onResultLost);
    streams.stderr.on('error', this.#onFault);
  }

  /** True when a terminal that was written to is not there any more. */
  get isTerminalGone(): boolean {
    return this.#isTerminalGone;
  }

  /** Aborted once nobody reads the results any more: for a command that is nothing but its output. */
  get readerGone(): AbortSignal {
    return this.#readerGone.signal;
  }

  /**
   * Waits until all that was printed has been taken, or cannot be.
   * @throws StorageError when a result was lost that somebody may still be waiting for
   */
  async requireResult(): Promise<void> {
    await new Promise<void>((resolve) => this.#streams.stdout.write('', () => resolve()));
    const lost = this.#lostResult;
    if (lost === undefined) return;
    const isFull = lost.code === 'ENOSPC' || lost.code === 'EDQUOT' || lost.code === 'EFBIG';
    throw new StorageError(
      isFull ? 'DISK_FULL' : 'IO_ERROR',
      isFull
        ? 'the output could not be written, because the disk is full; free some space and run the command again'
        : `the output could not be written (${lost.code ?? lost.message}); what was asked for is done`,
      { cause: lost },
    );
  }

  /** A process that stayed is done: whoever does not read what it said keeps it for a moment, and no longer. */
  leaveReader(status: number): void {
    const { stdout } = this.#streams;
    if (stdout !== process.stdout || stdout.writableLength === 0) return;
    laterWithoutStaying(OUTPUT_END_WAIT_MS, () => process.exit(status));
  }

  readonly #onResultLost = (error: NodeJS.ErrnoException): void => {
    this.#onFault(error);
    // A reader that leaves has read what it wanted: `| head -1` is no fault.
    if (error.code === 'EPIPE') this.#readerGone.abort();
    else this.#lostResult ??= error;
  };

  readonly #onFault = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EIO') this.#isTerminalGone = true;
  };
}
