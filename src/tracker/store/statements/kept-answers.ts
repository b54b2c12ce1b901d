/** The statements behind answers that are kept for whoever asks again. */
import type { Kysely } from 'kysely';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type AnswerStatements = Pick<StoreTransaction, 'keepAnswer' | 'findAnswer' | 'removeAnswers'>;

/** Binds the statements to one transaction. */
export function answerStatements(tx: Kysely<Tables>): AnswerStatements {
  return {
    // Nothing is looked for: of two sessions that did so each would thwart the other.
    async keepAnswer({ id, owner, place, request, text, keptAtMs }) {
      const kept = await tx
        .insertInto('kept_answers')
        .values({ owner, place, id, request, answer: text, kept_at_ms: keptAtMs })
        .onConflict((conflict) =>
          conflict
            .columns(['owner', 'place'])
            .doUpdateSet({ id, request, answer: text, kept_at_ms: keptAtMs })
            .where('kept_answers.id', '<>', id),
        )
        .returning('id')
        .executeTakeFirst();
      return kept !== undefined;
    },
    async findAnswer({ id, owner, place }) {
      const found = await tx
        .selectFrom('kept_answers')
        .select(['request', 'answer'])
        .where('owner', '=', owner)
        .where('place', '=', place)
        .where('id', '=', id)
        .executeTakeFirst();
      return found && { request: found.request, text: found.answer };
    },
    async removeAnswers(beforeMs, limit) {
      const old = tx
        .selectFrom('kept_answers')
        .select('id')
        .where('kept_at_ms', '<', beforeMs)
        .limit(limit);
      await tx.deleteFrom('kept_answers').where('id', 'in', old).execute();
    },
  };
}
