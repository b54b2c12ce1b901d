/** The request about what has happened in a group, for its members. */
import { firstHead } from '../../net/history.js';
import { PAGE_BYTES } from '../../net/limits.js';
import type { Handler, Handlers } from '../context.js';
import { inMemberLook } from '../member-turn.js';
import { PAGE_ROWS, pageOf } from '../paging.js';

const history: Handler<'history'> = (call, { groupId, after = '0' }) =>
  inMemberLook(call, groupId, async ({ tx, group }) => {
    const { tickets } = call.context;
    // As JSON an entry takes more bytes than it counts for, so a page that ends at them is full.
    const most = { entries: PAGE_ROWS + 1, bytes: PAGE_BYTES };
    const entries = await tx.listHistory(groupId, Number(after), most);
    const stored = await tx.findHistory(groupId);
    return {
      ...pageOf(entries, ({ seq }) => String(seq)),
      incarnation: group.incarnation,
      head: tickets.signHead(group, stored?.head ?? firstHead(group)),
      ...(stored?.dropped && { checkpoint: tickets.signHead(group, stored.dropped) }),
    };
  });

export const historyHandlers = { history } satisfies Partial<Handlers>;
