/**
 * Makes the names in folders outlive a power cut. Owns who waits for which sync: whoever asks
 * before a sync of a folder begins is served by it, so many files cost few.
 *
 *   of one folder: idle → running → running, and one waits → …
 */
import { toStorageError } from '../../net/errors.js';
import { syncFolder as syncNames } from '../../net/sync-folder.js';

/** One folder in which somebody waits. */
interface Syncing {
  running: Promise<void>;
  /** Begins when the running one has ended; for all who came meanwhile. */
  next: Promise<void> | undefined;
}

export class FolderSync {
  readonly #syncNow: (folder: string) => Promise<void>;
  readonly #folders = new Map<string, Syncing>();

  /** `syncNow` syncs a folder once. */
  constructor(syncNow: (folder: string) => Promise<void>) {
    this.#syncNow = syncNow;
  }

  /** Resolves when every name that is in the folder now is on the disk. @throws StorageError */
  sync(folder: string): Promise<void> {
    const syncing = this.#folders.get(folder);
    if (syncing) return (syncing.next ??= this.#after(folder, syncing));
    const running = this.#syncNow(folder);
    const begun: Syncing = { running, next: undefined };
    this.#folders.set(folder, begun);
    this.#forgetAfter(folder, begun);
    return running;
  }

  async #after(folder: string, syncing: Syncing): Promise<void> {
    // How that one ended is for those who waited for it.
    await syncing.running.catch(() => undefined);
    const running = this.#syncNow(folder);
    syncing.running = running;
    syncing.next = undefined;
    this.#forgetAfter(folder, syncing);
    return running;
  }

  #forgetAfter(folder: string, syncing: Syncing): void {
    const { running } = syncing;
    const forget = (): void => {
      if (syncing.running === running && !syncing.next) this.#folders.delete(folder);
    };
    running.then(forget, forget);
  }
}

/**
 * Syncs a folder once.
 * @throws StorageError saying what the disk said
 */
export function syncFolder(folder: string): Promise<void> {
  return syncNames(folder).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot sync the folder ${folder}`);
  });
}
