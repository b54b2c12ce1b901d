/**
 * What was noted of the items of one folder, as the owner of its sync sees it: in memory, and written through to the
 * library.
 */
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import type { SyncedFolder, SyncedItem } from '../home/synced-items.js';
import type { NotedItem } from './sync-plan.js';

export class NotedItems {
  readonly #library: Pick<Library, 'synced'>;
  readonly #account: Account;
  readonly #folder: SyncedFolder;
  readonly #incarnation: string;
  readonly #items = new Map<string, SyncedItem>();

  /** `incarnation`: which group of that name; what was noted of another one means nothing. */
  constructor(
    library: Pick<Library, 'synced'>,
    account: Account,
    folder: SyncedFolder,
    incarnation: string,
  ) {
    this.#library = library;
    this.#account = account;
    this.#folder = folder;
    this.#incarnation = incarnation;
    for (const item of library.synced.list(account, folder))
      if (item.incarnation === incarnation) this.#items.set(item.name, item);
  }

  get(name: string): SyncedItem | undefined {
    return this.#items.get(name);
  }

  names(): Iterable<string> {
    return this.#items.keys();
  }

  /** How many are here, as far as that was noted. */
  get agreedCount(): number {
    let count = 0;
    for (const item of this.#items.values()) if (stateOf(item) === 'agreed') count++;
    return count;
  }

  async put(item: Omit<SyncedItem, 'incarnation'>): Promise<void> {
    const noted = { ...item, incarnation: this.#incarnation };
    await this.#library.synced.put(this.#account, this.#folder, noted);
    this.#items.set(item.name, noted);
  }

  async remove(name: string): Promise<void> {
    await this.#library.synced.remove(this.#account, this.#folder, name);
    this.#items.delete(name);
  }
}

/** The same as a plan takes it. */
export function notedOf(item: SyncedItem | undefined): NotedItem | undefined {
  return item && { fileId: item.fileId, origin: item.origin, state: stateOf(item) };
}

function stateOf({ isGone, stamp }: SyncedItem): NotedItem['state'] {
  if (isGone) return 'gone';
  return stamp === undefined ? 'on-its-way' : 'agreed';
}
