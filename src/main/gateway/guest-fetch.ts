/**
 * One item that is fetched for guests: a download in order into the home's spool, which all guests of it share. What
 * is verified and written may be read. Owns the download and what lies there, until it is dropped.
 *
 *   starting → growing → whole
 *   any of these → failed | dropped
 */
import { open, type FileHandle } from 'node:fs/promises';
import { deferred } from '../../net/deferred.js';
import { crashOnBug, detach } from '../../net/detach.js';
import { CancelledError, P2pError, toStorageError } from '../../net/errors.js';
import { GUEST_BUFFER_BYTES, GUEST_FETCH_TIMEOUT_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';
import { placeInSpool } from '../pipes/spool-place.js';
import { readFully, type Span } from './span.js';

export interface FetchSurroundings {
  readonly engine: Pick<
    EngineApi,
    | 'downloads'
    | 'fileAt'
    | 'startDownload'
    | 'waitForDownload'
    | 'cancelDownloads'
    | 'discardDownload'
  >;
  readonly spool: Pick<Spool, 'has' | 'isLeft' | 'newPath'>;
}

interface FetchedItem {
  readonly groupId: string;
  readonly fileName: string;
}

/** The file in which it is, and how much of it may be read from its beginning. */
interface Readable {
  readonly path: string;
  readonly bytes: number;
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

  /** What is in the span, as it comes. @throws P2pError */
  async *bytes({ first, end }: Span, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    let handle: FileHandle | undefined;
    try {
      const buffers = [0, 1].map(() => Buffer.allocUnsafe(GUEST_BUFFER_BYTES));
      for (let at = first, turn = 0; at < end; turn ^= 1) {
        const { path, bytes } = await this.#readableFrom(at, signal);
        // It has another name once it is whole, and is the same file.
        handle ??= await openThere(path);
        const chunk = await readFully(handle, buffers[turn]!, at, Math.min(end, bytes));
        at += chunk.length;
        yield chunk;
      }
    } finally {
      await handle?.close();
    }
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
    const place = await placeInSpool(engine, spool, this.#item);
    if (place.kind === 'whole') {
      this.#id = place.id;
      await requireCurrent(isCurrent);
      return this.#onReadable({ path: place.path, bytes: place.size });
    }
    const id = await engine.startDownload({
      ...{ groupId, fileName, destination: place.path, overwrite: false, isInOrder: true },
      timeoutMs: GUEST_FETCH_TIMEOUT_MS,
    });
    this.#id = id;
    // It may have been dropped meanwhile.
    this.#ending.signal.throwIfAborted();
    await requireCurrent(isCurrent);
    const { path, size } = await engine.waitForDownload(id, ({ readable }) => {
      if (readable) this.#onReadable(readable);
    });
    this.#onReadable({ path, bytes: size });
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

  /** Once there is something at this place. */
  async #readableFrom(at: number, signal: AbortSignal): Promise<Readable> {
    for (;;) {
      signal.throwIfAborted();
      this.#ending.signal.throwIfAborted();
      const readable = this.#readable;
      if (readable !== undefined && at < readable.bytes) return readable;
      await untilAborted(signal, this.#more.promise);
    }
  }

  /** Ends the download, and removes what there is of it, complete or not. */
  async #remove(): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    const { engine } = this.#around;
    await engine.cancelDownloads({ id, keepsPart: false }).catch(unlessKnown);
    await engine.discardDownload(id).catch(unlessKnown);
  }
}

async function requireCurrent(isCurrent: () => Promise<boolean>): Promise<void> {
  if (!(await isCurrent())) throw new CancelledError('the name stands for something else');
}

async function openThere(path: string): Promise<FileHandle> {
  return open(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
}

function unlessKnown(error: unknown): void {
  if (!(error instanceof P2pError)) throw error;
}
