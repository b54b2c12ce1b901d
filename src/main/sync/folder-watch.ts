/**
 * Hears from the system that something changes in a folder, where the system tells that; a look at everything now and
 * then is what counts. Owns its watchers. Life: made → closed.
 */
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { MAX_SYNC_WATCHES } from '../../net/limits.js';

export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: (name: string | undefined) => void;
  /** By the name of a folder in it; the empty one is the folder itself. */
  readonly #watchers = new Map<string, FSWatcher>();
  #isClosed = false;

  /** `onChange` is called with the entry in which something happens, if that is told. */
  constructor(folder: string, onChange: (name: string | undefined) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /** Watches the folder, and the first of those in it: what lies deeper is found by looking. */
  follow(folders: Iterable<string>): void {
    if (this.#isClosed) return;
    const wanted = new Set(['', ...folders]);
    for (const [name, watcher] of this.#watchers) if (!wanted.has(name)) this.#end(name, watcher);
    for (const name of wanted) {
      if (this.#watchers.size >= MAX_SYNC_WATCHES) return;
      if (!this.#watchers.has(name)) this.#begin(name);
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const [name, watcher] of this.#watchers) this.#end(name, watcher);
  }

  #begin(name: string): void {
    let watcher: FSWatcher;
    try {
      watcher = watch(join(this.#folder, name), { persistent: false });
    } catch {
      // Not there any more, or more than the system bears: looking finds what changes.
      return;
    }
    this.#watchers.set(name, watcher);
    watcher.on('change', (_kind, entry) => {
      if (name !== '') this.#onChange(name);
      else this.#onChange(typeof entry === 'string' ? entry : undefined);
    });
    watcher.on('error', () => this.#end(name, watcher));
  }

  #end(name: string, watcher: FSWatcher): void {
    if (this.#watchers.get(name) === watcher) this.#watchers.delete(name);
    watcher.close();
  }
}
