/** The request about what guests of a member take. */
import { TrackerError } from '../../net/errors.js';
import { mayDo } from '../../net/roles.js';
import type { Handler, Handlers } from '../context.js';
import { inMemberTurn } from '../member-turn.js';

const noteGuestDownload: Handler<'noteGuestDownload'> = (call, { groupId, name, fileId }) => {
  let isCounted = false;
  return inMemberTurn(call, groupId, async ({ tx, note, userId, role }) => {
    // Who may bring nothing into a group brings nothing out of it for strangers.
    if (!mayDo(role, 'bring')) throw readersHaveNoGuests(groupId);
    const file = await tx.findFile(groupId, name);
    if (file?.fileId !== fileId) throw isGone(name, groupId);
    // Once, however often a store carries it out.
    if (!isCounted) call.context.guestPace.take(userId);
    isCounted = true;
    note({ groupId, action: 'guest-download', actor: userId, subjects: [name] });
    return {};
  });
};

export const guestHandlers = { noteGuestDownload } satisfies Partial<Handlers>;

function readersHaveNoGuests(groupId: string): TrackerError {
  return new TrackerError(
    'READ_ONLY',
    `you are a reader of ${groupId}: links for guests are for its members; an owner can make you one`,
  );
}

function isGone(name: string, groupId: string): TrackerError {
  return new TrackerError('NO_SUCH_FILE', `${name} is not what it was in ${groupId}, or gone`);
}
