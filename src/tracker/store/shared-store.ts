/** What a store has besides where several trackers share a database: what they tell each other, and their keys. */

/** Rows of what a database's trackers have told each other, by their numbers. */
export interface Published {
  readonly first: number;
  readonly last: number;
  /** Of them; when there are more numbers from the first to the last, others may have rows in between. */
  readonly count: number;
}

/** What a tracker has committed, for the others on the same database. */
export interface OutboxRow {
  /** In the order of the commits; some numbers are left out. */
  readonly seq: number;
  /** Written over this opening of the store. */
  readonly isOwn: boolean;
  readonly entry: string;
}

/** What trackers that share a database tell each other by it. */
export interface StoreOutbox {
  /** The highest number that is there; 0 for none. Later ones are higher. */
  head(): Promise<number>;
  /** What was committed behind a number, in its order: so many rows at most. */
  read(afterSeq: number, limit: number): Promise<readonly OutboxRow[]>;
  /** Removes what is older. */
  trim(keptMs: number): Promise<void>;
  /**
   * Set by whoever wants to hear where the own rows of a call of `transactions` are, before that resolves. `unknown`:
   * they are there, and nobody knows where.
   */
  onPublished?: ((published: Published | 'unknown') => void) | undefined;
}

/** Keys that all trackers of a database have. */
export interface SharedKeys {
  find(name: string): Promise<string | undefined>;
  /** Keeps it unless there is one of this name. */
  bring(name: string, value: string): Promise<void>;
}
