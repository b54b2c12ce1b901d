/**
 * Looks again at files while they are served: a file may be edited under an open descriptor. Once a
 * second, one look per file, and only at what has left some bytes since the last look; what nobody
 * reads costs nothing. Owns the sessions to look at; decides nothing about offers.
 */
import { P2pError, toWireError, type WireError } from '../../net/errors.js';
import { MAX_FILES_LOOKED_AT } from '../../net/limits.js';
import type { Offer, OfferedContent } from './offers.js';
import type { UploadSession } from './upload-sessions.js';

type Reading = Pick<UploadSession, 'files'>;

export class SecondLooks {
  readonly #onChanged: (offer: Offer, error: WireError) => void;
  /** Sessions that were sent bytes since their files were looked at. */
  readonly #fed = new Set<Reading>();
  #isLooking = false;

  constructor(onChanged: (offer: Offer, error: WireError) => void) {
    this.#onChanged = onChanged;
  }

  /** Bytes of one of its files have left. */
  onSent(session: Reading): void {
    this.#fed.add(session);
  }

  /** Looks at what was read since the last time; does nothing while it is still looking. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await Promise.all([...this.#next()].map(([offer, file]) => this.#lookAt(offer, file)));
    } finally {
      this.#isLooking = false;
    }
  }

  /** One descriptor per offer. Sessions that are over by then have no files any more. */
  #next(): Map<Offer, OfferedContent> {
    const files = new Map<Offer, OfferedContent>();
    for (const session of this.#fed) {
      if (files.size >= MAX_FILES_LOOKED_AT) break;
      this.#fed.delete(session);
      for (const { offer, file } of session.files.values()) {
        // Held until it was looked at: its session may let go meanwhile.
        if (file.isWatched && !files.has(offer)) files.set(offer, file.retain());
      }
    }
    return files;
  }

  async #lookAt(offer: Offer, file: OfferedContent): Promise<void> {
    try {
      await file.check?.();
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      this.#onChanged(offer, toWireError(error));
    } finally {
      await file.release();
    }
  }
}
