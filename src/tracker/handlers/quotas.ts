/** The request about what the operator allows. */
import { useOf } from '../../net/quota.js';
import { inUserLook, type Handler, type Handlers } from '../context.js';
import { MOST_GROUPS_EVER } from '../logins.js';
import { fitBytes } from '../paging.js';
import { allowancesOf } from '../quotas.js';
import type { StoreFacts } from '../store/store.js';

const quotaUse: Handler<'quotaUse'> = (call) =>
  inUserLook(call, async ({ tx, userId }) => {
    const range = { after: undefined, limit: MOST_GROUPS_EVER };
    const groups = await tx.listMemberships(userId, range);
    const groupIds = groups.map(({ groupId }) => groupId);
    const allowed = await allowancesOf(tx, { user: [userId], group: groupIds });
    const user = allowed('user', userId);
    const uses = [];
    for (const groupId of groupIds) {
      const allowance = allowed('group', groupId);
      if (Object.keys(allowance).length === 0) continue;
      uses.push({ groupId, ...useOf(allowance, await tx.findGroupSize(groupId)) });
    }
    const isBounded = Object.keys(user).length > 0;
    return {
      user: isBounded ? useOf(user, await usedBy(tx, userId)) : {},
      groups: fitBytes(uses),
    };
  });

async function usedBy(tx: StoreFacts, userId: string) {
  const files = await tx.countSharesOf(userId);
  return { files, bytes: (await tx.storedBytes(userId)).userBytes };
}

export const quotaHandlers = { quotaUse } satisfies Partial<Handlers>;
