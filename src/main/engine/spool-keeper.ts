/**
 * Removes what has no use in the spool of a home any more: the very file whose row in the library has ended while
 * this engine had it open, and what is unfinished and goes on nowhere. Never what the library just does not name:
 * one that was lost, or is older, names nothing of what came since. Owns the set of what it has seen named.
 */
import { P2pError } from '../../net/errors.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Library } from '../home/library.js';
import type { Spool } from '../home/spool.js';

export interface SpoolKeeperOptions {
  readonly library: () => Promise<Pick<Library, 'isNamed' | 'whenOnDisk'>>;
  readonly spool: Pick<Spool, 'paths' | 'isPart' | 'sweepInputs' | 'remove'>;
  readonly background: Pick<BackgroundWork, 'run'>;
}

export class SpoolKeeper {
  readonly #options: SpoolKeeperOptions;
  /** Never more than there are files in the spool. */
  readonly #named = new Set<string>();
  #hasOpened = false;

  constructor(options: SpoolKeeperOptions) {
    this.#options = options;
  }

  /** The library has just been opened; nothing else knows it yet, so that no row ends before it was seen. */
  async onOpened(open: Pick<Library, 'isNamed'>): Promise<void> {
    this.#note(open, await this.#options.spool.paths());
    this.#hasOpened = true;
    this.lookSoon();
  }

  /** A file of the spool got a row, which may end at any time. */
  onNamed(path: string): void {
    this.#named.add(path);
  }

  /** The outcome of work by which rows may end that have a file there. */
  async around<T>(work: () => T | Promise<T>): Promise<T> {
    // Work that needs no library goes on without.
    if (this.#hasOpened) await this.look();
    try {
      return await work();
    } finally {
      // Rows may have ended although the work has failed.
      if (this.#hasOpened) this.lookSoon();
    }
  }

  lookSoon(): void {
    this.#options.background.run(() => this.look());
  }

  /** The last look, when nothing else is under way. What cannot be looked at now stays. */
  async close(): Promise<void> {
    if (!this.#hasOpened) return;
    await this.look().catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
    });
  }

  /** Notes what is named, and removes what is so no more. */
  async look(): Promise<void> {
    const { library, spool } = this.#options;
    const open = await library();
    const paths = await spool.paths();
    const useless = this.#note(open, paths).filter(
      (path) => this.#named.has(path) || spool.isPart(path),
    );
    // A row may come back with a power cut, until its end is on the disk; its file must be there then.
    if (useless.length > 0) await open.whenOnDisk();
    for (const path of useless) {
      if (open.isNamed(path)) continue;
      this.#named.delete(path);
      await spool.remove(path);
    }
    const there = new Set(paths);
    for (const path of this.#named) if (!there.has(path)) this.#named.delete(path);
    await spool.sweepInputs();
  }

  /** Answers those that are not named. */
  #note(open: Pick<Library, 'isNamed'>, paths: readonly string[]): string[] {
    for (const path of paths) if (open.isNamed(path)) this.#named.add(path);
    return paths.filter((path) => !open.isNamed(path));
  }
}
