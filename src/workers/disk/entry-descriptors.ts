/**
 * The descriptors of folders' files that are open in a thread: a few, whatever the folders hold; the
 * one that was not used for longest is closed for the next. Owns each from its opening to its close.
 */
import { descriptorShare } from '../../net/descriptor-share.js';
import { P2pError } from '../../net/errors.js';
import { MAX_ENTRY_FILES_PER_THREAD } from '../../net/limits.js';
import { closeQuietly } from './close-quietly.js';

/** One that is open, of a folder that names its files by number. */
export interface EntryDescriptor {
  readonly fd: number;
  readonly entry: number;
  readonly folder: Map<number, EntryDescriptor>;
}

export class EntryDescriptors {
  readonly #most: number;
  /** The one that was used last is the last. */
  readonly #open = new Set<EntryDescriptor>();

  constructor(most = MAX_ENTRY_FILES_PER_THREAD, share = descriptorShare()) {
    this.#most = Math.min(most, share);
  }

  get count(): number {
    return this.#open.size;
  }

  /** The descriptor of an entry, which `open` opens if it is not. @throws what `open` does */
  use(folder: EntryDescriptor['folder'], entry: number, open: () => number): number {
    const held = folder.get(entry);
    if (held) {
      this.#open.delete(held);
      this.#open.add(held);
      return held.fd;
    }
    for (const oldest of this.#open) {
      if (this.#open.size < this.#most) break;
      this.#close(oldest);
    }
    const opened: EntryDescriptor = { fd: this.#openOrMakeRoom(open), entry, folder };
    folder.set(entry, opened);
    this.#open.add(opened);
    return opened.fd;
  }

  /** Closes all that are open of a folder. */
  closeAll(folder: EntryDescriptor['folder']): void {
    for (const held of folder.values()) this.#close(held);
  }

  /** What is open here without need must not be why the system has no descriptor left. */
  #openOrMakeRoom(open: () => number): number {
    try {
      return open();
    } catch (error) {
      const isShort = error instanceof P2pError && error.code === 'SYSTEM_LIMIT';
      if (!isShort || this.#open.size === 0) throw error;
      for (const held of [...this.#open]) this.#close(held);
      return open();
    }
  }

  #close(held: EntryDescriptor): void {
    this.#open.delete(held);
    held.folder.delete(held.entry);
    closeQuietly(held.fd);
  }
}

/** Those of this thread. */
export const entryDescriptors = new EntryDescriptors();
