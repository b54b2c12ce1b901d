/**
 * Looks up what decides how each of several files is taken in, for some of them together: the answers of a database come
 * one behind the other then, and not one round trip after the other. What a file that was taken in changes for those
 * behind it is added here; where that is more than sums they are looked up anew. Pure but for what it looks up.
 */
import { SHARES_LOOKED_AHEAD } from '../net/limits.js';
import type { ShareOutcome } from './share-rules.js';
import type { StoreFacts } from './store/store.js';
import type { StoredShare, StoredSharing } from './store/stored.js';

/** A file that is to be shared. */
export interface WantedShare {
  readonly share: StoredShare;
  readonly fileId: string;
}

export class SharingAhead {
  readonly #tx: Pick<StoreFacts, 'findSharing'>;
  readonly #wanted: readonly WantedShare[];
  /** Looked up together, from this one on. */
  #from = 0;
  #found: Promise<StoredSharing>[] = [];
  /** What came since then. */
  readonly #names = new Set<string>();
  readonly #fileIds = new Set<string>();
  #shares = 0;
  #bytes = 0;

  /** Begins with the first ones. */
  constructor(tx: Pick<StoreFacts, 'findSharing'>, wanted: readonly WantedShare[]) {
    this.#tx = tx;
    this.#wanted = wanted;
    this.#lookUp(0);
  }

  /** What is so of one of them now; they are asked for in order. @throws what the store does */
  async sharingOf(index: number): Promise<StoredSharing> {
    if (index >= this.#from + this.#found.length) this.#lookUp(index);
    const { share, fileId } = this.#wanted[index]!;
    if (this.#names.has(share.name) || this.#fileIds.has(fileId)) {
      return this.#tx.findSharing(share, fileId);
    }
    const found = await this.#found[index - this.#from]!;
    return {
      ...found,
      shareCount: found.shareCount + this.#shares,
      userBytes: found.userBytes + this.#bytes,
      totalBytes: found.totalBytes + this.#bytes,
    };
  }

  /** One was taken in, with so many bytes of a description that was not stored before. */
  onTakenIn(index: number, outcome: ShareOutcome, newBytes: number): void {
    const { share, fileId } = this.#wanted[index]!;
    if (outcome === 'already-shared') return;
    // Shares of others may have ended, and descriptions may have gone.
    if (outcome === 'replaced') return this.forget();
    this.#names.add(share.name);
    this.#fileIds.add(fileId);
    this.#shares++;
    this.#bytes += newBytes;
  }

  /** Something changed that is not added up: all that follows is looked up anew. */
  forget(): void {
    this.#found = [];
    this.#names.clear();
    this.#fileIds.clear();
    this.#shares = this.#bytes = 0;
  }

  #lookUp(from: number): void {
    this.forget();
    this.#from = from;
    const wanted = this.#wanted.slice(from, from + SHARES_LOOKED_AHEAD);
    this.#found = wanted.map(({ share, fileId }) => this.#tx.findSharing(share, fileId));
    // The turn may end before somebody asks for it.
    for (const one of this.#found) one.catch(() => undefined);
  }
}
