/**
 * Who has taken which file from this client. A user may read a file over several connections at once: what
 * they got is told when the last one has let go, and many files that go to one user are told together.
 *
 *   open (bytes are added up) → taken (waits to be told with others of that user) → told
 */
import { MAX_TAKEN_FILES_NAMED, TAKEN_GATHER_MS } from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import type { ClientEvent } from '../api/client-events.js';
import type { Offer } from './offers.js';
import { OpenOffers, type ReadOffer } from './open-offers.js';

type TakenEvent = Extract<ClientEvent, { type: 'file-taken' | 'files-taken' }>;

/** Of one user, since the last time something was told of them. */
interface Untold {
  readonly named: Extract<TakenEvent, { type: 'file-taken' }>[];
  files: number;
  bytes: number;
  readonly stop: () => void;
}

export interface TakenFilesOptions {
  readonly emit: (event: TakenEvent) => void;
  /** Milliseconds since 1970: it is for people. */
  readonly nowMs: () => number;
  readonly later: Later;
}

export class TakenFiles {
  readonly #options: TakenFilesOptions;
  /** By user. */
  readonly #open = new Map<string, OpenOffers>();
  readonly #untold = new Map<string, Untold>();

  constructor(options: TakenFilesOptions) {
    this.#options = options;
  }

  /** A connection of this user has opened a file. */
  onOpened(userId: string, offer: Offer): void {
    const open = this.#open.get(userId) ?? new OpenOffers();
    open.onOpened(offer);
    this.#open.set(userId, open);
  }

  /** It has let the file go, and was sent so many bytes of it. */
  onReleased(userId: string, offer: Offer, bytes: number): void {
    const open = this.#open.get(userId);
    const read = open?.onReleased(offer, bytes);
    if (open?.count === 0) this.#open.delete(userId);
    if (read && read.bytes > 0) this.#onTaken(userId, read);
  }

  /** Tells what was not told yet. */
  close(): void {
    for (const userId of [...this.#untold.keys()]) this.#tell(userId);
  }

  #onTaken(userId: string, { offer, bytes }: ReadOffer): void {
    const { nowMs, later } = this.#options;
    const untold = this.#untold.get(userId) ?? {
      named: [],
      files: 0,
      bytes: 0,
      stop: later(TAKEN_GATHER_MS, () => this.#tell(userId)),
    };
    this.#untold.set(userId, untold);
    untold.files++;
    untold.bytes += bytes;
    if (untold.named.length >= MAX_TAKEN_FILES_NAMED) return;
    const { groupId, name: fileName, layout } = offer;
    const told = { groupId, fileName, size: layout.size, bytes, atMs: nowMs() };
    untold.named.push({ type: 'file-taken', userId, ...told });
  }

  #tell(userId: string): void {
    const untold = this.#untold.get(userId);
    if (!untold) return;
    this.#untold.delete(userId);
    untold.stop();
    const { emit, nowMs } = this.#options;
    const { named, files, bytes } = untold;
    if (files === named.length) for (const event of named) emit(event);
    else emit({ type: 'files-taken', userId, files, bytes, atMs: nowMs() });
  }
}
