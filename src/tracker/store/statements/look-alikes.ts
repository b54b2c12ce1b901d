/** Whether an id that is about to be made looks like one that is there. */
import type { Kysely } from 'kysely';
import { skeleton } from '../../../net/confusables.js';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

/** Binds the statement to one transaction. */
export function lookAlikeStatements(tx: Kysely<Tables>): Pick<StoreTransaction, 'isLookAlike'> {
  return {
    async isLookAlike(kind, id) {
      const table = kind === 'user' ? 'users' : 'groups';
      const query = tx.selectFrom(table).select('created_at_ms');
      const row = await query.where('skeleton', '=', skeleton(id)).executeTakeFirst();
      return row !== undefined;
    },
  };
}
