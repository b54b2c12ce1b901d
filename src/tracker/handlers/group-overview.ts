/** Requests for what a user sees of all groups, and of the requests to join them. */
import { MAX_OPEN_REQUESTS_TOLD } from '../../net/limits.js';
import type { GroupRow } from '../../net/tracker-api.js';
import { inUserLook, type Handler, type Handlers } from '../context.js';
import { MOST_GROUPS_EVER } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { GOVERNORS } from '../role-rules.js';

const describeGroups: Handler<'describeGroups'> = (call, { after }) =>
  inUserLook(call, async ({ tx, userId }) => {
    const own = await tx.listMemberships(userId, { after: undefined, limit: MOST_GROUPS_EVER });
    const roles = new Map(own.map(({ groupId, role }) => [groupId, role]));
    const asked = new Set(await tx.listRequestedGroups(userId));
    const rows: GroupRow[] = [];
    for (const group of await tx.listSizedGroups({ after, limit: PAGE_ROWS + 1 })) {
      const { groupId, ownerId: owner, members } = group;
      const role = roles.get(groupId);
      if (role === undefined) {
        rows.push({ groupId, owner, ...(asked.has(groupId) && { isAsked: true }) });
        continue;
      }
      const requests = GOVERNORS.includes(role) ? await tx.countRequests(groupId) : undefined;
      rows.push({ groupId, owner, role, members, ...(requests !== undefined && { requests }) });
    }
    return pageOf(rows, ({ groupId }) => groupId);
  });

const openRequests: Handler<'openRequests'> = (call) =>
  inUserLook(call, async ({ tx, userId }) => {
    const all = await tx.listRequestsTo(userId, GOVERNORS, MAX_OPEN_REQUESTS_TOLD + 1);
    const toAnswer = all.slice(0, MAX_OPEN_REQUESTS_TOLD);
    const isMore = all.length > toAnswer.length;
    const asked = await tx.listRequestedGroups(userId);
    return { toAnswer, ...(isMore && { isMore }), asked };
  });

export const groupOverviewHandlers = { describeGroups, openRequests } satisfies Partial<Handlers>;
