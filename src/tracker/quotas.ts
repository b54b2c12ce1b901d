/** What the operator allows, looked up in a turn: for users and groups together, in one look. */
import { allowanceOf, type Allowance, type QuotaKind, type SetQuota } from '../net/quota.js';
import { checkQuota } from './quota-rules.js';
import type { StoreFacts, StoreTransaction } from './store/store.js';

export type Allowances = (kind: QuotaKind, id: string) => Allowance;

/** The allowances of these users and groups. */
export async function allowancesOf(
  tx: Pick<StoreFacts, 'findQuotas'>,
  wanted: Parameters<StoreFacts['findQuotas']>[0],
): Promise<Allowances> {
  const found = await tx.findQuotas(wanted);
  const sets = {
    user: new Map<string, SetQuota>(),
    group: new Map<string, SetQuota>(),
  };
  for (const quota of found) sets[quota.kind].set(quota.id, quota);
  return (kind, id) => allowanceOf(sets[kind].get(id), sets[kind].get(''));
}

/** A group is about to get one member more. `allowances` may have been looked up before. @throws TrackerError QUOTA */
export async function requireRoomForMember(
  tx: Pick<StoreTransaction, 'findQuotas' | 'findGroupSize'>,
  groupId: string,
  allowances?: Allowances,
): Promise<void> {
  const found = allowances ?? (await allowancesOf(tx, { group: [groupId] }));
  const allowance = found('group', groupId);
  if (allowance.members === undefined) return;
  const { members } = await tx.findGroupSize(groupId);
  const step = { before: members, after: members + 1 };
  checkQuota({ kind: 'group', groupId }, allowance, 'members', step);
}
