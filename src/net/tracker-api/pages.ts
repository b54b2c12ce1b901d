/** Lists that come in pages, and answers to many questions at once. */

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand this in as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** One item of many that was refused. */
export interface RefusedItem {
  readonly code: string;
  readonly message: string;
}
