/** What the tracker pushes, and what it means here: one line each. */
import { display } from '../../net/display.js';
import { TrackerError, type P2pError } from '../../net/errors.js';
import { isRole, type Role } from '../../net/roles.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import type { LanKeys } from '../account/lan-keys.js';
import { membershipEnded, type Memberships } from '../account/memberships.js';
import type { FileNews } from '../account/file-news.js';
import type { FileWatches } from '../account/file-watches.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { TicketRenewal } from '../account/ticket-renewal.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { CallAnswers } from '../sharing/call-answers.js';
import type { Reachability } from '../sharing/reachability.js';
import type { Uploads } from '../sharing/uploads.js';
import type { TrackerPush } from '../tracker-link/tracker-calls.js';

/** Who hears what. */
export interface PushReceivers {
  readonly watches: Pick<FileWatches, 'onPush' | 'onReplaced' | 'onUsersRemoved'>;
  readonly fileNews: Pick<FileNews, 'onPush' | 'onMember'>;
  readonly uploads: Pick<Uploads, 'onStanding'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'roleIn' | 'learn'>;
  readonly tickets: Pick<TicketBook, 'onEpoch'>;
  readonly renewal: Pick<TicketRenewal, 'soon'>;
  readonly reach: Pick<Reachability, 'onReach'>;
  readonly answers: Pick<CallAnswers, 'onCall'>;
  readonly lanKeys?: Pick<LanKeys, 'onEpoch'>;
  readonly emit: ClientEventListener;
  /** True while a command of this client changes the group: what it causes is no news. */
  readonly isChanging: (groupId: string) => boolean;
  /** A name stands for a newer version than one that may be shared or fetched here. */
  readonly onReplaced: (replaced: TrackerNotifications['replaced']) => void;
  /** What the user is in a group from now on. */
  readonly onRole: (groupId: string, role: Role) => void;
  /** Others are in a group no more. */
  readonly onUsersRemoved: (groupId: string, userIds: readonly string[]) => void;
  readonly onRemoved: (groupId: string, error: P2pError) => void;
  /** The tracker ended the session for good. */
  readonly onSessionEnded: (error: P2pError) => void;
}

/** Handles one notification of the tracker. */
export function handlePush(to: PushReceivers, push: TrackerPush): void {
  switch (push.name) {
    case 'peers':
      return to.watches.onPush(push.payload);
    case 'replaced':
      to.watches.onReplaced(push.payload);
      return to.onReplaced(push.payload);
    case 'filesChanged':
      return to.fileNews.onPush(push.payload.groupId);
    case 'epoch':
      return onEpoch(to, push.payload);
    case 'joinRequest': {
      const { userId, groupId } = push.payload;
      return to.emit({ type: 'join-request', groupId, userId });
    }
    case 'inviteRedeemed': {
      const { userId, groupId } = push.payload;
      return to.emit({ type: 'joined-by-link', groupId, userId });
    }
    case 'membership':
      return onMembership(to, push.payload);
    case 'reach':
      return to.reach.onReach(push.payload);
    case 'call':
      return to.answers.onCall(push.payload);
    case 'sessionEnded':
      return to.onSessionEnded(endOfSession(push.payload));
  }
}

/** Another client with this device's key, an account that was disabled, or a login that is over. */
function endOfSession({ code, message }: TrackerNotifications['sessionEnded']): P2pError {
  const isToldApart = code === 'HOME_IN_USE' || code === 'ACCOUNT_DISABLED';
  return new TrackerError(isToldApart ? code : 'NOT_LOGGED_IN', display(message));
}

function onEpoch(to: PushReceivers, payload: TrackerNotifications['epoch']): void {
  const { removedUsers, ...standing } = payload;
  const { groupId, epoch } = standing;
  to.uploads.onStanding(standing, removedUsers);
  if (to.tickets.onEpoch(groupId, epoch)) to.renewal.soon();
  to.lanKeys?.onEpoch(groupId);
  if (removedUsers.length > 0) {
    to.watches.onUsersRemoved(groupId, removedUsers);
    to.onUsersRemoved(groupId, removedUsers);
  }
  for (const userId of removedUsers) to.emit({ type: 'member-removed', groupId, userId });
}

function onMembership(to: PushReceivers, payload: TrackerNotifications['membership']): void {
  const { state, by, ...standing } = payload;
  const { groupId } = standing;
  const isSameGroup = to.memberships.incarnationOf(groupId) === standing.incarnation;
  const wasOwner = isSameGroup && to.memberships.roleIn(groupId) === 'owner';
  if (isRole(state)) {
    to.memberships.learn({ ...standing, role: state });
    // Tickets of those who were removed before this user came in must not be taken for good ones.
    to.uploads.onStanding(standing);
    to.fileNews.onMember(groupId);
    to.onRole(groupId, state);
  }
  if (to.isChanging(groupId)) return;
  // By nobody else: the user has handed the group over, from another client.
  const isFormerOwner = state === 'member' && wasOwner && by === undefined;
  const told = isFormerOwner ? 'former-owner' : state;
  to.emit({ type: 'membership', groupId, state: told, ...(by !== undefined && { by }) });
  if (state !== 'removed' && state !== 'banned') return;
  to.onRemoved(groupId, membershipEnded(groupId, 'removed'));
}
