/** The statements behind the quotas that the operator has set. */
import type { Kysely } from 'kysely';
import { QUOTA_FIGURES, type QuotaBound, type SetQuota } from '../../../net/quota.js';
import type { StoreTransaction } from '../store.js';
import type { Tables } from './tables.js';

type QuotaStatements = Pick<StoreTransaction, 'findQuotas' | 'setQuota' | 'listQuotas'>;

/** Stands for `none`. */
const NO_BOUND = -1;

/** Binds the statements to one transaction. */
export function quotaStatements(tx: Kysely<Tables>): QuotaStatements {
  return {
    async findQuotas({ user = [], group = [] }) {
      const query = tx
        .selectFrom('quotas')
        .selectAll()
        .where((eb) =>
          eb.or([
            eb.and([eb('kind', '=', 'user'), eb('id', 'in', ['', ...user])]),
            eb.and([eb('kind', '=', 'group'), eb('id', 'in', ['', ...group])]),
          ]),
        );
      return (await query.execute()).map(toQuota);
    },
    async setQuota({ kind, id, files, bytes, members }) {
      const ofOne = tx.deleteFrom('quotas').where('kind', '=', kind);
      await ofOne.where('id', '=', id).execute();
      if (files === undefined && bytes === undefined && members === undefined) return;
      const bounds = { files: toCell(files), bytes: toCell(bytes), members: toCell(members) };
      await tx
        .insertInto('quotas')
        .values({ kind, id, ...bounds })
        .execute();
    },
    async listQuotas(kind, { after, limit }) {
      let query = tx.selectFrom('quotas').selectAll().where('kind', '=', kind);
      if (after !== undefined) query = query.where('id', '>', after);
      return (await query.orderBy('id').limit(limit).execute()).map(toQuota);
    },
  };
}

function toCell(bound: QuotaBound | undefined): number | null {
  return bound === undefined ? null : bound === 'none' ? NO_BOUND : bound;
}

function toQuota(row: Tables['quotas']): SetQuota {
  const bounds = QUOTA_FIGURES.group.flatMap((figure) => {
    const cell = row[figure];
    return cell === null ? [] : [[figure, cell === NO_BOUND ? 'none' : cell] as const];
  });
  const kind = row.kind === 'group' ? 'group' : 'user';
  return { kind, id: row.id, ...Object.fromEntries(bounds) };
}
