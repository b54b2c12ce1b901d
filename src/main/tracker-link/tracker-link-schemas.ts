/**
 * The shapes of everything the tracker sends: one schema per result and per notification of
 * net/tracker-api.ts. Unknown members are dropped, so that a newer tracker may say more;
 * anything missing, too long or of the wrong type is refused before it is used.
 */
import * as v from 'valibot';
import { isCallId } from '../../net/call-id.js';
import { checkName } from '../../net/names.js';
import { isSha256Hex } from '../../net/description.js';
import { isActionForm, isHistoryText } from '../../net/history.js';
import { isIPAddress } from '../../net/ip-address.js';
import {
  DESCRIPTION_SLICE_BYTES,
  MAX_ADDRESSES_PER_DEVICE,
  MAX_DESCRIPTION_BYTES,
  MAX_FILES_PER_CALL,
  MAX_FOUND_PER_CALL,
  MAX_HISTORY_SUBJECTS,
  MAX_LAN_KEYS_PER_CALL,
  MAX_NAME_BYTES,
  MAX_OPEN_REQUESTS_TOLD,
  MAX_PEERS_PER_ANSWER,
  MAX_TRACKER_ADDRESSES,
} from '../../net/limits.js';
import { isRelayKey } from '../../net/relay/relay-opening.js';
import { INVITED_ROLES, ROLES } from '../../net/roles.js';
import { isIncarnation } from '../../net/ticket.js';
import { isTrackerHost } from '../../net/tracker-host.js';
import type {
  TrackerMethod,
  TrackerMethods,
  TrackerNotification,
  TrackerNotifications,
} from '../../net/tracker-api.js';

/** An answer that says nothing but "done". */
const done = v.pipe(
  v.unknown(),
  v.transform((): Record<string, never> => ({})),
);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.nonEmpty(), v.maxBytes(MAX_NAME_BYTES));
const sha256 = v.pipe(
  v.string(),
  v.check((text) => isSha256Hex(text)),
);
const base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));
/** A file name becomes a name on this disk: never a path. */
const fileName = v.pipe(v.string(), v.check(isFileName));

// Never a name: a member could have others ask a name server, and hold up their work with it.
const host = v.pipe(
  v.string(),
  v.check((text) => isIPAddress(text)),
);
const address = v.object({
  host,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
});
const tried = v.object({
  ...address.entries,
  outcome: v.picklist(['answered', 'other-device', 'refused', 'silent', 'no-way']),
});
const relayKey = v.custom<string>(isRelayKey);
const addresses = v.pipe(v.array(address), v.maxLength(MAX_ADDRESSES_PER_DEVICE));

const relayTold = v.object({ userId: id, deviceId: sha256, addresses });

const onlinePeer = v.object({
  deviceId: sha256,
  userId: id,
  addresses,
  complete: v.boolean(),
  calls: v.exactOptional(v.boolean()),
});
const onlinePeers = v.pipe(v.array(onlinePeer), v.maxLength(MAX_PEERS_PER_ANSWER));

const fileRow = v.object({
  name: fileName,
  size: count,
  sources: count,
  partly: v.exactOptional(count),
  sharer: id,
  isFirstHere: v.exactOptional(v.boolean()),
  fileId: sha256,
  // Trackers of before do not say.
  sharedAtMs: v.exactOptional(count),
  files: v.exactOptional(count),
});

const replacement = v.object({ name: fileName, sharer: id });
const replaced = v.object({ ...replacement.entries, groupId: id, fileId: sha256 });

const standing = v.object({
  groupId: id,
  incarnation: v.pipe(
    v.string(),
    v.check((text) => isIncarnation(text)),
  ),
  epoch: count,
});
const membership = v.object({
  ...standing.entries,
  role: v.picklist(ROLES),
});

const trackerAddress = v.object({
  ...address.entries,
  // Its own word, of itself alone, and it has to show its identity there.
  host: v.pipe(
    v.string(),
    v.check((text) => isTrackerHost(text)),
  ),
});
const trackerAddresses = v.pipe(v.array(trackerAddress), v.maxLength(MAX_TRACKER_ADDRESSES));

const sessionInfo = v.object({
  userId: id,
  nowMs: count,
  ticketKey: v.pipe(base64, v.length(44)),
  peerTransport: v.picklist(['tls', 'tcp']),
  calls: v.exactOptional(v.boolean()),
  relays: v.exactOptional(v.boolean()),
  trackers: v.exactOptional(trackerAddresses),
  groups: v.array(membership),
  nextGroups: v.exactOptional(v.string()),
});

const lanKey = v.pipe(base64, v.length(44));
const ticket = v.object({
  ticket: v.pipe(base64, v.nonEmpty()),
  epoch: count,
  expiresAtMs: count,
  lanKey: v.exactOptional(lanKey),
});

const refusedItem = v.object({ code: v.string(), message: v.string() });
const describedFile = v.object({
  ...fileRow.entries,
  descriptionBytes: v.pipe(count, v.maxValue(MAX_DESCRIPTION_BYTES)),
  description: v.exactOptional(
    v.pipe(base64, v.maxLength(4 * Math.ceil(DESCRIPTION_SLICE_BYTES / 3))),
  ),
  peers: v.exactOptional(onlinePeers),
});
const stoppedShare = v.object({ fileId: sha256 });
const shareOutcome = v.object({
  outcome: v.picklist(['created', 'source-added', 'already-shared', 'replaced']),
});

const boundUse = v.exactOptional(v.object({ used: count, allowed: count }));
const quotaUse = v.object({ files: boundUse, bytes: boundUse, members: boundUse });

const idPage = v.object({ items: v.array(id), next: v.exactOptional(v.string()) });
const membershipPage = v.object({
  items: v.array(membership),
  next: v.exactOptional(v.string()),
});
const filePage = v.object({ items: v.array(fileRow), next: v.exactOptional(v.string()) });

const groupMember = v.object({ userId: id, role: v.picklist(ROLES) });
const groupBan = v.object({ userId: id, byUserId: id, bannedAtMs: count });

const knownDevice = v.object({
  deviceId: sha256,
  firstSeenAtMs: count,
  lastSeenAtMs: count,
  isLoggedIn: v.boolean(),
});

const groupRow = v.object({
  groupId: id,
  owner: v.exactOptional(id),
  role: v.exactOptional(v.picklist(ROLES)),
  isAsked: v.exactOptional(v.boolean()),
  members: v.exactOptional(count),
  requests: v.exactOptional(count),
});

const groupInvite = v.object({
  inviteId: sha256,
  creatorId: id,
  role: v.picklist(INVITED_ROLES),
  uses: count,
  usesLeft: count,
  createdAtMs: count,
  expiresAtMs: count,
});

const signedHead = v.object({
  count,
  hash: sha256,
  signature: v.pipe(base64, v.length(88)),
});
const historyText = v.pipe(v.string(), v.check(isHistoryText));
const historyEntry = v.object({
  seq: count,
  atMs: count,
  action: v.pipe(v.string(), v.check(isActionForm)),
  actor: historyText,
  subjects: v.pipe(v.array(historyText), v.maxLength(MAX_HISTORY_SUBJECTS)),
  hash: sha256,
});

/** The schema of each method's result. */
export const resultSchemas: {
  readonly [M in TrackerMethod]: v.GenericSchema<unknown, TrackerMethods[M]['result']>;
} = {
  createUser: done,
  login: v.object({ ...sessionInfo.entries, token: v.pipe(v.string(), v.nonEmpty()) }),
  loginByKey: v.object({ ...sessionInfo.entries, token: v.pipe(v.string(), v.nonEmpty()) }),
  resume: sessionInfo,
  logout: done,
  changePassword: done,
  listDevices: v.object({ items: v.array(knownDevice), next: v.exactOptional(v.string()) }),
  logoutDevice: v.object({ isKnown: v.boolean() }),
  createGroup: standing,
  joinGroup: done,
  leaveGroup: v.object({ newOwner: v.exactOptional(id), groupEnded: v.boolean() }),
  listRequests: idPage,
  acceptRequest: done,
  rejectRequest: done,
  kick: v.object({ endedInvites: v.exactOptional(count) }),
  transferOwner: done,
  setRole: v.object({ isChanged: v.boolean() }),
  ban: v.object({ endedInvites: count }),
  unban: done,
  listBans: v.object({ items: v.array(groupBan), next: v.exactOptional(v.string()) }),
  createInvite: v.object({ expiresAtMs: count, role: v.picklist(INVITED_ROLES) }),
  listInvites: v.object({ items: v.array(groupInvite), next: v.exactOptional(v.string()) }),
  revokeInvite: v.object({ isKnown: v.boolean() }),
  redeemInvite: v.object({ ...membership.entries, isNew: v.boolean() }),
  listMembers: v.object({ items: v.array(groupMember), next: v.exactOptional(v.string()) }),
  history: v.object({
    items: v.array(historyEntry),
    next: v.exactOptional(v.string()),
    incarnation: standing.entries.incarnation,
    head: signedHead,
    checkpoint: v.exactOptional(signedHead),
  }),
  listGroups: idPage,
  describeGroups: v.object({ items: v.array(groupRow), next: v.exactOptional(v.string()) }),
  about: v.object({ version: v.pipe(v.string(), v.maxLength(64)) }),
  openRequests: v.object({
    toAnswer: v.pipe(
      v.array(v.object({ groupId: id, userId: id })),
      v.maxLength(MAX_OPEN_REQUESTS_TOLD),
    ),
    isMore: v.exactOptional(v.boolean()),
    asked: v.array(id),
  }),
  quotaUse: v.object({
    user: quotaUse,
    groups: v.array(v.object({ groupId: id, ...quotaUse.entries })),
  }),
  listMemberships: membershipPage,
  listFiles: filePage,
  search: v.object({
    items: v.pipe(
      v.array(v.object({ ...fileRow.entries, groupId: id })),
      v.maxLength(MAX_FOUND_PER_CALL),
    ),
    next: v.exactOptional(v.object({ groupId: id, below: v.exactOptional(count) })),
  }),
  fileInfo: v.object({
    ...fileRow.entries,
    descriptionBytes: v.pipe(count, v.maxValue(MAX_DESCRIPTION_BYTES)),
  }),
  describeFiles: v.object({
    files: v.pipe(v.array(v.union([describedFile, refusedItem])), v.maxLength(MAX_FILES_PER_CALL)),
    ticket: v.exactOptional(ticket),
  }),
  getDescription: v.object({
    bytes: v.pipe(base64, v.maxLength(4 * Math.ceil(DESCRIPTION_SLICE_BYTES / 3))),
  }),
  putDescription: done,
  shareFile: shareOutcome,
  shareFiles: v.object({
    outcomes: v.pipe(
      v.array(v.union([shareOutcome, refusedItem])),
      v.maxLength(MAX_FILES_PER_CALL),
    ),
  }),
  followFiles: done,
  unfollowFiles: done,
  stopShare: stoppedShare,
  stopShares: v.object({
    outcomes: v.pipe(
      v.array(v.union([stoppedShare, refusedItem])),
      v.maxLength(MAX_FILES_PER_CALL),
    ),
  }),
  noteGuestDownload: done,
  goOnline: v.object({ addresses, seen: v.exactOptional(host) }),
  announce: v.object({
    refused: v.array(v.object({ groupId: id, fileId: sha256, code: v.string() })),
    replaced: v.exactOptional(v.array(replaced)),
  }),
  watch: v.object({
    ...ticket.entries,
    peers: onlinePeers,
    replaced: v.exactOptional(replacement),
  }),
  unwatch: done,
  call: v.object({
    outcome: v.picklist(['called', 'absent', 'unreached', 'unrelayed']),
    relayKey: v.exactOptional(relayKey),
    relay: v.exactOptional(relayTold),
  }),
  ticket,
  lanKeys: v.object({
    keys: v.pipe(
      v.array(v.object({ groupId: id, epoch: count, key: lanKey })),
      v.maxLength(MAX_LAN_KEYS_PER_CALL),
    ),
  }),
};

/** The schema of each notification's payload. */
export const notificationSchemas: {
  readonly [N in TrackerNotification]: v.GenericSchema<unknown, TrackerNotifications[N]>;
} = {
  peers: v.object({
    groupId: id,
    fileId: sha256,
    online: onlinePeers,
    gone: v.array(sha256),
    lost: v.exactOptional(v.literal(true)),
  }),
  replaced,
  filesChanged: v.object({ groupId: id }),
  epoch: v.object({ ...standing.entries, removedUsers: v.array(id) }),
  joinRequest: v.object({ groupId: id, userId: id }),
  inviteRedeemed: v.object({ groupId: id, userId: id }),
  membership: v.object({
    ...standing.entries,
    state: v.picklist([...ROLES, 'rejected', 'removed', 'banned']),
    by: v.exactOptional(id),
  }),
  reach: v.object({
    addresses,
    tried: v.exactOptional(v.pipe(v.array(tried), v.maxLength(MAX_ADDRESSES_PER_DEVICE))),
  }),
  call: v.object({
    groupId: id,
    userId: id,
    deviceId: sha256,
    callId: v.custom<string>(isCallId),
    addresses: v.exactOptional(addresses),
    relayKey: v.exactOptional(relayKey),
    relay: v.exactOptional(relayTold),
  }),
  sessionEnded: v.object({ code: v.string(), message: v.string() }),
};

function isFileName(name: string): boolean {
  try {
    checkName('file', name);
    return true;
  } catch {
    // checkName explains to users; here it is enough that the tracker may not send it.
    return false;
  }
}
