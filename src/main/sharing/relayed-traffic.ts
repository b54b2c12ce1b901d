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

/** Hears what listeners that were begun together have relayed so far. */
export type OnRelayed = (counts: RelayedCounts) => void;

export class RelayedTraffic {
  #meetings = 0;
  #bytes = 0;
  /** Of the listeners that run. */
  #present: OnRelayed | undefined;

  get counts(): RelayedCounts {
    return { meetings: this.#meetings, bytes: this.#bytes };
  }

  /**
   * Listeners of one thread begin, which count from nothing. They speak of the same meetings: the last word
   * counts. It may come after their end, because an end takes another way than words.
   */
  begin(): OnRelayed {
    let told = 0;
    const onRelayed = ({ meetings, bytes }: RelayedCounts): void => {
      this.#bytes += Math.max(0, bytes - told);
      told = Math.max(told, bytes);
      if (this.#present === onRelayed) this.#meetings = meetings;
    };
    this.#present = onRelayed;
    return onRelayed;
  }

  /** The listeners have ended, and so have all meetings. */
  onEnded(): void {
    this.#present = undefined;
    this.#meetings = 0;
  }
}
