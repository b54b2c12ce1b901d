/**
 * The descriptors of folders' files that are open in a thread: a few, whatever the folders hold; the
 * one that was not used for longest is closed for the next. Owns each from its opening to its close.
 */
import { descriptorShare } from '../../net/descriptor-share.js';
import { P2pError } from '../../net/errors.js';
import { MAX_ENTRY_FILES_PER_THREAD } from '../../net/limits.js';
import { closeQuietly } from './close-quietly.js';

/** Whose entries are open: it names its files by number. */
type Folder = object;

/** One that is open. */
interface EntryDescriptor {
  readonly fd: number;
  readonly entry: number;
  readonly folder: Folder;
  /** The greater, the later it was used. */
  lastUse: number;
}

export class EntryDescriptors {
  readonly #most: number;
  /**
   * So few that a search costs less than what is done with one. A Map that many pass through would leave
   * table after table, of which one that has grown old keeps all later ones until the whole heap is collected.
   */
  readonly #open: EntryDescriptor[] = [];
  #uses = 0;

  constructor(most = MAX_ENTRY_FILES_PER_THREAD, share = descriptorShare()) {
    this.#most = Math.min(most, share);
  }

  get count(): number {
    return this.#open.length;
  }

  /** The descriptor of an entry, which `open` opens if it is not. @throws what `open` does */
  use(folder: Folder, entry: number, open: () => number): number {
    const held =
      this.#open.find((one) => one.entry === entry && one.folder === folder) ??
      this.#opened(folder, entry, open);
    held.lastUse = ++this.#uses;
    return held.fd;
  }

  /** Closes all that are open of a folder. */
  closeAll(folder: Folder): void {
    for (const held of this.#open.filter((one) => one.folder === folder)) this.#close(held);
  }

  #opened(folder: Folder, entry: number, open: () => number): EntryDescriptor {
    while (this.#open.length >= this.#most) this.#close(this.#leastRecent());
    const opened = { fd: this.#openOrMakeRoom(open), entry, folder, lastUse: 0 };
    this.#open.push(opened);
    return opened;
  }

  #leastRecent(): EntryDescriptor {
    return this.#open.reduce((least, one) => (one.lastUse < least.lastUse ? one : least));
  }

  /** What is open here without need must not be why the system has no descriptor left. */
  #openOrMakeRoom(open: () => number): number {
    try {
      return open();
    } catch (error) {
      const isShort = error instanceof P2pError && error.code === 'SYSTEM_LIMIT';
      if (!isShort || this.#open.length === 0) throw error;
      for (const held of [...this.#open]) this.#close(held);
      return open();
    }
  }

  #close(held: EntryDescriptor): void {
    const last = this.#open.pop();
    if (last && last !== held) this.#open[this.#open.indexOf(held)] = last;
    closeQuietly(held.fd);
  }
}

/** Those of this thread. */
export const entryDescriptors = new EntryDescriptors();
