/**
 * What an engine needs only when it touches files: the home's lock, the library, the transfer
 * threads. Each is made when first asked for and closed in one order.
 */
import type { HomeLock } from '../home/home-lock.js';
import { lockHome } from '../home/home-lock.js';
import type { Home } from '../home/home.js';
import type { Library } from '../home/library.js';
import { forgetFirstLibrary, isLibraryGone, noteFirstLibrary } from '../home/library-loss.js';
import { LostLibraryError } from '../home/lost-library.js';
import { openLibrary } from '../home/open-library.js';
import { TransferPool } from '../threads/transfer-pool.js';

/** Gives away threads that were started ahead, if there are any; used when they fit. */
export type TakeThreads = () => TransferPool | undefined;

export interface WorkshopOptions {
  readonly home: Home;
  /** How far the library's changes get before they are told of. @default 'disk' */
  readonly durability?: 'disk' | 'cache';
  readonly threads: number | undefined;
  readonly slotMemoryBytes: number | undefined;
  /** Threads that are already loading, of default number and memory. */
  readonly takeThreads: TakeThreads | undefined;
  /** Called once, right after the lock was taken. */
  readonly onLocked: (() => void) | undefined;
  /** The library was opened; nobody has it before this has resolved. @default nothing */
  readonly onOpened?: (library: Library) => Promise<void>;
  /** Called once, when a library that was there before is not. */
  readonly onLibraryGone: () => void;
}

export class Workshop {
  readonly #options: WorkshopOptions;
  #lock: HomeLock | undefined;
  #library: Promise<Library> | undefined;
  #pool: TransferPool | undefined;
  #isLossTold = false;
  /** The disk has failed under the library, so that it is not opened again. */
  #isLost = false;

  constructor(options: WorkshopOptions) {
    this.#options = options;
  }

  /** The transfer threads; they start loading when this is first called. */
  get pool(): TransferPool {
    this.#pool ??= this.#startPool();
    return this.#pool;
  }

  /**
   * The library, under the home's lock.
   * @throws StorageError HOME_IN_USE; LostLibraryError, and from then on always
   */
  library(): Promise<Library> {
    this.#library ??= this.#open();
    return this.#library;
  }

  /** Tells that the library is gone, if it is; makes none. @throws StorageError */
  async lookForLoss(): Promise<void> {
    if (await isLibraryGone(this.#options.home)) this.#tellLoss();
  }

  /** Ends the threads; none of their tasks may be waiting for anything. Idempotent. */
  async endThreads(): Promise<void> {
    await this.#pool?.close();
  }

  /** Ends the threads, then the library, then gives up the lock, unless the library is lost. Idempotent. */
  async close(): Promise<void> {
    await this.endThreads();
    const library = await this.#library?.catch(() => undefined);
    await this.#closeLibrary(library);
    this.#lock?.release();
  }

  /** Of a lost one SQLite's connection stays, so that nobody may have the home before this process has ended. */
  async #closeLibrary(library: Library | undefined): Promise<void> {
    await library?.close();
    if (library?.isLost) this.#keepLock();
  }

  #keepLock(): void {
    this.#isLost = true;
    this.#lock?.keep();
  }

  #startPool(): TransferPool {
    const { threads, slotMemoryBytes, takeThreads } = this.#options;
    const isDefault = threads === undefined && slotMemoryBytes === undefined;
    return (isDefault ? takeThreads?.() : undefined) ?? new TransferPool(threads, slotMemoryBytes);
  }

  async #open(): Promise<Library> {
    try {
      const { home, onLocked } = this.#options;
      const isGone = this.#lock === undefined && (await isLibraryGone(home));
      if (this.#lock === undefined) await noteFirstLibrary(home);
      this.#lock ??= await lockHome(home, 0);
      const library = await this.#openedLibrary();
      await forgetFirstLibrary(home);
      if (isGone) this.#tellLoss();
      onLocked?.();
      return library;
    } catch (error) {
      if (error instanceof LostLibraryError) this.#keepLock();
      // The next command may find the home free. Another connection beside a lost one would take its log for whole.
      if (!this.#isLost) this.#library = undefined;
      throw error;
    }
  }

  async #openedLibrary(): Promise<Library> {
    const { home, durability, onOpened } = this.#options;
    const library = await openLibrary(home, durability);
    try {
      await onOpened?.(library);
      return library;
    } catch (error) {
      await this.#closeLibrary(library);
      throw error;
    }
  }

  #tellLoss(): void {
    if (this.#isLossTold) return;
    this.#isLossTold = true;
    this.#options.onLibraryGone();
  }
}
