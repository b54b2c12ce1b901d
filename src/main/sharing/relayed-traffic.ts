/**
 * What this client relays between members: as its listeners have told, over all times that they were begun
 * anew. Owns those counts.
 */
export interface RelayedCounts {
  /** Meetings now, of two members each. */
  readonly meetings: number;
  /** All that has passed. */
  readonly bytes: number;
}

export class RelayedTraffic {
  #before = 0;
  #told: RelayedCounts = { meetings: 0, bytes: 0 };

  get counts(): RelayedCounts {
    return { meetings: this.#told.meetings, bytes: this.#before + this.#told.bytes };
  }

  /** Listeners of one thread speak of the same meetings: the last word counts. */
  onTold({ meetings, bytes }: RelayedCounts): void {
    this.#told = { meetings, bytes };
  }

  /** The listeners have ended; the next ones count from nothing. */
  onEnded(): void {
    this.#before += this.#told.bytes;
    this.#told = { meetings: 0, bytes: 0 };
  }
}
