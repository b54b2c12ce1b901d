/** What the tracker pushes, and what it means here: one line each. */
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import type { TrackerPush } from '../tracker-link/tracker-calls.js';
import type { ClientParts } from './client-parts.js';
import type { DownloadDesk } from '../downloads/download-desk.js';

/** Handles one notification of the tracker. */
export function handlePush(parts: ClientParts, desk: DownloadDesk, push: TrackerPush): void {
  switch (push.name) {
    case 'peers':
      desk.downloads.onPeers(push.payload);
      return;
    case 'epoch':
      onEpoch(parts, desk, push.payload);
      return;
    case 'joinRequest': {
      const { userId, groupId } = push.payload;
      parts.emit({ type: 'join-request', groupId, userId });
      return;
    }
    case 'membership':
      onMembership(parts, desk, push.payload);
      return;
    case 'sessionEnded':
      parts.onSessionEnded(new TrackerError('NOT_LOGGED_IN', display(push.payload.message)));
  }
}

function onEpoch(
  parts: ClientParts,
  desk: DownloadDesk,
  payload: TrackerNotifications['epoch'],
): void {
  const { groupId, epoch, removedUsers } = payload;
  parts.uploads.onEpoch(groupId, epoch, removedUsers);
  if (parts.tickets.onEpoch(groupId, epoch)) parts.inBackground(desk.renewDueTickets());
}

function onMembership(
  parts: ClientParts,
  desk: DownloadDesk,
  payload: TrackerNotifications['membership'],
): void {
  const { groupId, state, epoch } = payload;
  // Tickets of those who were removed before this user came in must not be taken for good ones.
  if (state === 'member') parts.uploads.onEpoch(groupId, epoch, []);
  if (parts.isChanging(groupId)) return;
  parts.emit({ type: 'membership', groupId, state });
  if (state !== 'removed') return;
  const error = new TrackerError(
    'NOT_A_MEMBER',
    `you are no longer a member of ${display(groupId)}`,
  );
  parts.inBackground(desk.leaveGroup(groupId, error));
}
