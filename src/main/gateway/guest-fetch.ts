/**
 * One item that is fetched for guests: a download in order into the home's spool, which all guests of it share. What
 * is verified and written may be read. Owns the download and what lies there, until it is dropped.
 *
 *   starting → growing → whole
 *   any of these → failed | dropped
 */
import { deferred } from '../../net/deferred.js';
import { crashOnBug, detach } from '../../net/detach.js';
import { CancelledError, P2pError } from '../../net/errors.js';
import { GUEST_FETCH_TIMEOUT_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';

export interface FetchSurroundings {
  readonly engine: Pick<EngineApi, 'startDownload' | 'waitForDownload' | 'discardDownload'>;
  readonly spool: Pick<Spool, 'newGuestPath'>;
}

interface FetchedItem {
  readonly groupId: string;
  readonly fileName: string;
}

/**
 * Where it is, and up to which place of its sequence of pieces it may be read; a folder is a part folder until it is
 * whole (disk/part-folder.ts).
 */
export interface Readable {
  readonly path: string;
  readonly bytes: number;
  readonly isWhole: boolean;
}

export class GuestFetch {
  readonly #around: FetchSurroundings;
  readonly #item: FetchedItem;
  /** Aborted once nothing more comes; its reason says why. */
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #readable: Readable | undefined;
  #id: string | undefined;
  #more = deferred<void>();

  /** `isCurrent` is asked once it is known what is fetched: a name may have come to stand for something else. */
  constructor(around: FetchSurroundings, item: FetchedItem, isCurrent: () => Promise<boolean>) {
    this.#around = around;
    this.#item = item;
    this.#running = this.#run(isCurrent);
    detach(() => this.#running, crashOnBug);
  }

  /** False once it has failed: the next guest begins anew. */
  get isGood(): boolean {
    return !this.#ending.signal.aborted;
  }

  /** Whether there is something at this place. */
  isReadable(at: number): boolean {
    return this.#readable !== undefined && reaches(this.#readable, at);
  }

  /** Once there is something at this place. @throws P2pError */
  async readableFrom(at: number, signal: AbortSignal): Promise<Readable> {
    return this.#readableWhere((readable) => reaches(readable, at), signal);
  }

  /** Once all of it is there under its name. @throws P2pError */
  async whole(signal: AbortSignal): Promise<Readable> {
    return this.#readableWhere(({ isWhole }) => isWhole, signal);
  }

  /** Nobody wants it any more: it goes, with its share. Idempotent; what cannot be removed now stays. */
  async drop(): Promise<void> {
    this.#end(new CancelledError('nobody takes it any more'));
    await this.#remove();
    await this.#running;
    // It may have begun, or come to its end, meanwhile.
    await this.#remove();
  }

  async #run(isCurrent: () => Promise<boolean>): Promise<void> {
    try {
      await this.#fetch(isCurrent);
    } catch (error) {
      this.#end(error);
      if (!(error instanceof P2pError)) throw error;
      await this.#remove();
    }
  }

  async #fetch(isCurrent: () => Promise<boolean>): Promise<void> {
    const { engine, spool } = this.#around;
    const { groupId, fileName } = this.#item;
    const destination = await spool.newGuestPath();
    const id = await engine.startDownload({
      ...{ groupId, fileName, destination, overwrite: false, isInOrder: true },
      timeoutMs: GUEST_FETCH_TIMEOUT_MS,
    });
    this.#id = id;
    // It may have been dropped meanwhile.
    this.#ending.signal.throwIfAborted();
    await requireCurrent(isCurrent);
    const { path, size } = await engine.waitForDownload(id, ({ readable }) => {
      if (readable) this.#onReadable({ ...readable, isWhole: false });
    });
    this.#onReadable({ path, bytes: size, isWhole: true });
  }

  #onReadable(readable: Readable): void {
    this.#readable = readable;
    this.#wake();
  }

  #end(reason: unknown): void {
    this.#ending.abort(reason);
    this.#wake();
  }

  /** Whoever waits looks again. */
  #wake(): void {
    this.#more.resolve();
    this.#more = deferred<void>();
  }

  async #readableWhere(
    isEnough: (readable: Readable) => boolean,
    signal: AbortSignal,
  ): Promise<Readable> {
    for (;;) {
      signal.throwIfAborted();
      this.#ending.signal.throwIfAborted();
      const readable = this.#readable;
      if (readable !== undefined && isEnough(readable)) return readable;
      await untilAborted(signal, this.#more.promise);
    }
  }

  /** Ends the download, and removes what there is of it, complete or not. */
  async #remove(): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    const { engine } = this.#around;
    await engine.discardDownload(id).catch(unlessKnown);
  }
}

function reaches({ isWhole, bytes }: Readable, at: number): boolean {
  return isWhole || at < bytes;
}

async function requireCurrent(isCurrent: () => Promise<boolean>): Promise<void> {
  if (!(await isCurrent())) throw new CancelledError('the name stands for something else');
}

function unlessKnown(error: unknown): void {
  if (!(error instanceof P2pError)) throw error;
}
