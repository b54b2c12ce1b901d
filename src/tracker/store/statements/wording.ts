/**
 * What the databases say differently, where the statements are the same otherwise: one of these for each of
 * them. A statement says what it wants, and these how that database is told.
 */
import type { RawBuilder } from 'kysely';
import type { Lookups } from './lookups.js';

export interface Wording {
  /** Any number of texts as a subquery of one column, from one parameter. */
  readonly rowsOf: (values: Iterable<string>) => RawBuilder<unknown>;
  /** The shares, which are to be found by their user; one of the databases has to be told. */
  readonly sharesByUser: RawBuilder<unknown>;
  /** A join that is carried out from the left to the right; one of the databases has to be told. */
  readonly joinInOrder: RawBuilder<unknown>;
  /** Behind a SELECT whose rows are nobody else's while the transaction goes on; it passes over those that are somebody's. */
  readonly lockedAlone: RawBuilder<unknown>;
  /** True when, of all trackers, this transaction alone is at contents that are to be dropped; until its end then. */
  readonly aloneAtContents: RawBuilder<boolean>;
  readonly lookups: Lookups;
}
