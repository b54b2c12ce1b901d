/**
 * Brings small files that are written to their end: syncs so many of them side by side, if they are
 * to be on the disk, gives each its name, and tells main of several at a time. Owns those that are
 * written and not placed.
 */
import { StorageError } from '../../net/errors.js';
import { detach, crash } from '../../net/detach.js';
import type { Later } from '../../net/later.js';
import { MAX_PIECES_PER_REPORT, PIECE_REPORT_DELAY_MS } from '../../net/limits.js';
import type { NewFile } from '../disk/new-file.js';
import type { ParcelResult } from '../messages/parcel.js';

export interface FileFinisherOptions {
  /** What is told is on the disk. */
  readonly isSynced: boolean;
  readonly syncsAtATime: number;
  readonly later: Later;
  readonly tell: (results: ParcelResult[]) => void;
  /** The last one has ended, and everything is told. */
  readonly onIdle: () => void;
}

interface Written {
  readonly number: number;
  readonly file: Pick<NewFile, 'sync' | 'place'>;
}

export class FileFinisher {
  readonly #options: FileFinisherOptions;
  readonly #waiting: Written[] = [];
  #syncing = 0;
  #results: ParcelResult[] = [];
  #telling: (() => void) | undefined;

  constructor(options: FileFinisherOptions) {
    this.#options = options;
  }

  /** Nothing waits for its name. */
  get isIdle(): boolean {
    return this.#syncing === 0 && this.#waiting.length === 0;
  }

  /** A file has its bytes. */
  onWritten(number: number, file: Written['file']): void {
    if (!this.#options.isSynced) return this.#place({ number, file });
    this.#waiting.push({ number, file });
    this.#syncNext();
  }

  /** A file comes to nothing here: main goes another way. */
  onFailed(number: number): void {
    this.#note({ number, stamp: undefined });
  }

  /** Tells what there is to tell, now. */
  tellNow(): void {
    this.#telling?.();
    this.#telling = undefined;
    const results = this.#results;
    if (results.length === 0) return;
    this.#results = [];
    this.#options.tell(results);
  }

  #syncNext(): void {
    while (this.#syncing < this.#options.syncsAtATime) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#syncing++;
      detach(() => this.#syncOne(next), crash);
    }
  }

  async #syncOne(written: Written): Promise<void> {
    const isSynced = await written.file.sync().then(() => true, unlessStorage);
    this.#syncing--;
    this.#syncNext();
    if (isSynced) this.#place(written);
    else this.onFailed(written.number);
    if (this.isIdle) this.#options.onIdle();
  }

  #place({ number, file }: Written): void {
    try {
      this.#note({ number, stamp: file.place() });
    } catch (error) {
      unlessStorage(error);
      this.onFailed(number);
    }
  }

  /** A message wakes the main thread: so several at a time. */
  #note(result: ParcelResult): void {
    this.#results.push(result);
    if (this.#results.length >= MAX_PIECES_PER_REPORT) this.tellNow();
    else this.#telling ??= this.#options.later(PIECE_REPORT_DELAY_MS, () => this.tellNow());
  }
}

/** What the disk says is heard by whoever tries it the ordinary way. */
function unlessStorage(error: unknown): false {
  if (!(error instanceof StorageError)) throw error;
  return false;
}
