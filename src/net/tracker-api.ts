/**
 * What client and tracker say to each other: JSON-RPC 2.0 over WebSocket over TLS 1.3.
 * This file is the one list of methods, with the types of their params and results, and of
 * the notifications the tracker pushes. Byte order, limits and examples: docs/protocol.md.
 *
 * Every message is at most MAX_CONTROL_FRAME_BYTES; lists come in pages (`after` is the last
 * item of the page before, `next` is present when there is more), descriptions in slices.
 */

import type { HistoryEntry, SignedHead } from './history.js';
import type { QuotaUse } from './quota.js';
import type { InvitedRole, Role } from './roles.js';

/**
 * How a look at an address ended. `other-device`: somebody else's key is there. `refused`: there is
 * nobody at that port. `silent`: no answer in time. `no-way`: it cannot be dialled from there.
 */
export type ReachOutcome = 'answered' | 'other-device' | 'refused' | 'silent' | 'no-way';

/** An address at which somebody has looked for a device. */
export interface TriedAddress extends PeerAddress {
  readonly outcome: ReachOutcome;
}

/** One place where a peer may be reached. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Who may make an account: everybody, whoever has an invite of the operator, nobody. */
export type Registration = 'open' | 'invite' | 'closed';

/** How the bytes between peers travel: TLS 1.3, or in the clear on trusted networks. */
export type PeerTransport = 'tls' | 'tcp';

/** A member who relays, where a device that is told of it can dial it. */
export interface RelayTold {
  readonly userId: string;
  readonly deviceId: string;
  readonly addresses: readonly PeerAddress[];
}

/** The tracker's own relay, where relays are named. */
export const TRACKERS_RELAY = 'tracker';

/** How two devices may meet of which one cannot dial the other. */
export type CallWay = 'direct' | 'relay';

/**
 * What became of a call. `absent`: nobody who answers calls offers that file there. `unreached`: the
 * caller was found nowhere itself. `unrelayed`: nobody relays between the two, or nothing more.
 */
export type CallOutcome = 'called' | 'absent' | 'unreached' | 'unrelayed';

/** A device that offers a file right now. */
export interface OnlinePeer {
  readonly deviceId: string;
  readonly userId: string;
  /** Candidates in the order in which they should be tried. */
  readonly addresses: readonly PeerAddress[];
  /** False while the peer is still downloading the file itself. */
  readonly complete: boolean;
  /** It answers calls; told only to those who know of calls. @default false */
  readonly calls?: boolean;
}

/** One row of `list_files`. */
export interface FileRow {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Devices that serve it completely right now, and that a downloader would be told of. */
  readonly sources: number;
  /** Devices that serve some of it, likewise: absent for none, and from trackers of before. */
  readonly partly?: number;
  /** The member who has shared it longest. */
  readonly sharer: string;
  readonly fileId: string;
  /** When the name got this content, milliseconds since 1970; trackers of before do not say. */
  readonly sharedAtMs?: number;
  /** How many files a folder has; absent of a file. */
  readonly files?: number;
}

/** Other content has taken the place of a file under its name. */
export interface Replacement {
  readonly name: string;
  /** The member who has shared the newer version longest. */
  readonly sharer: string;
}

/** One file that a device offers. */
export interface Announcement {
  readonly groupId: string;
  readonly fileId: string;
  readonly state: 'complete' | 'partial' | 'gone';
}

/** A file as a download needs to know it. */
export interface DescribedFile extends FileRow {
  readonly descriptionBytes: number;
  /** Base64; absent when it is too long to come along. */
  readonly description?: string;
  /** Drawn at random from those that offer it now; absent when not asked for. */
  readonly peers?: readonly OnlinePeer[];
}

/** One item of many that was refused. */
export interface RefusedItem {
  readonly code: string;
  readonly message: string;
}

/** A ticket as the tracker hands it out. */
export interface IssuedTicket {
  /** Base64. */
  readonly ticket: string;
  readonly epoch: number;
  /** On the tracker's clock. */
  readonly expiresAtMs: number;
  /** The group's `LanKey`, base64; older trackers have none. */
  readonly lanKey?: string;
}

/** What members of a group write to each other with in their own network; see main/lan/lan-letter.ts. */
export interface LanKey {
  readonly groupId: string;
  /** Another epoch, another key: who is out does not get it. */
  readonly epoch: number;
  /** Base64 (32 bytes). */
  readonly key: string;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand this in as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** A group as a user sees it. What only its members may know is absent for others. */
export interface GroupRow {
  readonly groupId: string;
  /**
   * Of its owners the one who came first: whom a request to join goes to. A tracker of before, which does not know
   * the question, leaves a client without it.
   */
  readonly owner?: string;
  /** What the user is in it. */
  readonly role?: Role;
  /** The user's request to join it waits. @default false */
  readonly isAsked?: boolean;
  readonly members?: number;
  /** Who asks to join it, counted; for those who may let them in. */
  readonly requests?: number;
}

/** Requests to join groups that nobody has answered yet. */
export interface OpenRequests {
  /** Those that the user may answer, the oldest first; as many as are worth showing. */
  readonly toAnswer: readonly { readonly groupId: string; readonly userId: string }[];
  /** There are more than those. @default false */
  readonly isMore?: boolean;
  /** Groups that the user asks to join. */
  readonly asked: readonly string[];
}

/** What the tracker says of itself to a fresh session. */
export interface SessionInfo {
  readonly userId: string;
  /** The tracker's clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Raw Ed25519 public key that signs tickets, base64 (32 bytes). */
  readonly ticketKey: string;
  readonly peerTransport: PeerTransport;
  /** Other clients call this one through the tracker; told to those who know of calls. @default false */
  readonly calls?: boolean;
  /** The tracker passes bytes on between devices that cannot reach each other. @default false */
  readonly relays?: boolean;
  /** The groups of the user with their present epochs and the user's roles, first page. */
  readonly groups: readonly GroupMembership[];
  /** Hand this to `listMemberships` for the groups that did not fit; absent when all did. */
  readonly nextGroups?: string;
}

/** A group as it stands: which of those that ever had its name, and at which epoch. */
export interface GroupStanding {
  readonly groupId: string;
  /** 16 hex digits; see net/ticket.ts. */
  readonly incarnation: string;
  readonly epoch: number;
}

export interface GroupMembership extends GroupStanding {
  readonly role: Role;
}

/** One of those who are in a group. */
export interface GroupMember {
  readonly userId: string;
  readonly role: Role;
}

/** One who is shut out of a group, with the devices on which they were. */
export interface GroupBan {
  readonly userId: string;
  /** Who has done it. */
  readonly byUserId: string;
  /** Milliseconds since 1970. */
  readonly bannedAtMs: number;
}

/** A device on which the user is or was logged in. */
export interface KnownDevice {
  readonly deviceId: string;
  /** Milliseconds since 1970. */
  readonly firstSeenAtMs: number;
  /** Its last login, or use of one, to within an hour. */
  readonly lastSeenAtMs: number;
  readonly isLoggedIn: boolean;
}

/** A way into a group; see `createInvite`. */
export interface GroupInvite {
  /** SHA-256 of its secret, hex. */
  readonly inviteId: string;
  readonly creatorId: string;
  /** What it makes of whoever redeems it. */
  readonly role: InvitedRole;
  /** How often it may be redeemed, and how often that is still so. */
  readonly uses: number;
  readonly usesLeft: number;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A part of a group's history, and how far it goes; what of it is kept begins after `checkpoint`. */
export interface HistoryPage extends Page<HistoryEntry> {
  readonly incarnation: string;
  readonly head: SignedHead;
  /** The entries up to here are gone; absent while all are kept. */
  readonly checkpoint?: SignedHead;
}

/** What files are looked for: those that fit all of it. */
export interface FileSearch {
  /** Each is somewhere in the name, whatever its case and accents. */
  readonly words: readonly string[];
  /** Only in these groups, of those in which the user is. */
  readonly groupIds?: readonly string[];
  readonly kind?: 'file' | 'folder';
  /** Behind the last dot of the name. */
  readonly ending?: string;
  /** Bytes; both are meant too. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** When the name got its content; both are meant too. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** Where a search goes on. */
export interface SearchPlace {
  readonly groupId: string;
  /** What stands there, or after it, was looked at; absent at the beginning of a group. */
  readonly below?: number;
}

export interface FoundFile extends FileRow {
  readonly groupId: string;
}

/** How NOT_A_MEMBER begins for whoever has asked to join: a client has no better advice to give then. */
export const HAS_ASKED = 'you asked to join';

/**
 * All requests. Before `login`, `loginByKey` or `resume` only these and `createUser` are legal;
 * anything else is refused with NOT_LOGGED_IN. Any call may be refused with BAD_REQUEST
 * (malformed params), BUSY or INTERNAL.
 */
export interface TrackerMethods {
  /**
   * Without a password the account is the device's, which proves its key with each connection, and
   * which opens one account. With `groupInvite` nothing is made when that is not good (any more).
   * USER_EXISTS, TOO_MANY_ATTEMPTS, LIMIT_REACHED, REGISTRATION_CLOSED, INVITE_INVALID, NO_DEVICE,
   * BANNED (this device from the group of `groupInvite`).
   */
  createUser: {
    params: {
      userId: string;
      password?: string;
      invite?: string;
      groupInvite?: { groupId: string; secret: string };
    };
    result: Record<string, never>;
  };
  /** WRONG_PASSWORD (also for an unknown user), TOO_MANY_ATTEMPTS, ACCOUNT_DISABLED. `token` resumes later. */
  login: {
    /** `calls`: this client calls others, and answers when it is called. */
    params: { userId: string; password: string; calls?: boolean };
    result: SessionInfo & { token: string };
  };
  /** Logs in to the account that this device's key opens. NO_SUCH_USER, NO_DEVICE. */
  loginByKey: { params: { calls?: boolean }; result: SessionInfo & { token: string } };
  /** NOT_LOGGED_IN when the token is unknown, expired, or of another device. */
  resume: { params: { token: string; calls?: boolean }; result: SessionInfo };
  /** Ends this session for good: the token dies and what this device announced is gone. */
  logout: { params: Record<string, never>; result: Record<string, never> };
  /**
   * Every other login of the user ends, on all devices. An account that has no password yet gets one
   * without an old one, from the device whose key opens it. WRONG_PASSWORD, TOO_MANY_ATTEMPTS.
   */
  changePassword: {
    params: { oldPassword?: string; newPassword: string };
    result: Record<string, never>;
  };
  /** The devices on which the user is or was logged in, in the order of their ids. */
  listDevices: { params: { after?: string }; result: Page<KnownDevice> };
  /**
   * Ends the logins of one device, or of all, but for the one that asks; `isKnown` is false when
   * there was no such device. It is forgotten: the next login there is its first.
   */
  logoutDevice: { params: { deviceId?: string }; result: { isKnown: boolean } };

  /** GROUP_EXISTS, LIMIT_REACHED. The caller becomes the owner. */
  createGroup: { params: { groupId: string }; result: GroupStanding };
  /** NO_SUCH_GROUP, ALREADY_MEMBER, ALREADY_REQUESTED, BANNED, LIMIT_REACHED. */
  joinGroup: { params: { groupId: string }; result: Record<string, never> };
  /**
   * NO_SUCH_GROUP, NOT_A_MEMBER. Also withdraws a pending request. `newOwner`: who became the owner, because
   * nobody else owned the group. The links that the user made end.
   */
  leaveGroup: { params: { groupId: string }; result: { newOwner?: string; groupEnded: boolean } };
  /** NO_SUCH_GROUP, NOT_OWNER. */
  listRequests: { params: { groupId: string; after?: string }; result: Page<string> };
  /** NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_REQUEST, BANNED (on a device of somebody who is). */
  acceptRequest: { params: { groupId: string; userId: string }; result: Record<string, never> };
  rejectRequest: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /**
   * NO_SUCH_GROUP, NOT_OWNER (also: of an owner or admin by an admin), NO_SUCH_USER (not in this group),
   * BAD_REQUEST (oneself). Whoever is kicked
   * may have kept an invite: all of the group end with it.
   */
  kick: {
    params: { groupId: string; userId: string };
    /** How many invites ended (older trackers do not say). */
    result: { endedInvites?: number };
  };
  /**
   * Makes another one an owner and the caller a plain member. NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_USER
   * (not in this group), BAD_REQUEST (oneself), LIMIT_REACHED.
   */
  transferOwner: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /**
   * Gives a member a role; whoever is less by that loses the links that they made, and a new epoch ends
   * their tickets. For owners; everybody may step down themselves. NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_USER
   * (not in this group), LAST_OWNER, LIMIT_REACHED.
   */
  setRole: {
    params: { groupId: string; userId: string; role: Role };
    result: { isChanged: boolean };
  };
  /**
   * Kicks a user, if that is one of the group, rejects their request, and lets neither them in again nor
   * any account of the devices on which they were. NO_SUCH_GROUP, NOT_OWNER (also: of an owner or admin by
   * an admin), NO_SUCH_USER (there is none of that id), BAD_REQUEST (oneself), LIMIT_REACHED.
   */
  ban: {
    params: { groupId: string; userId: string };
    /** How many invites ended. */
    result: { endedInvites: number };
  };
  /** NO_SUCH_GROUP, NOT_OWNER (also: of who was an owner or admin by an admin), NO_SUCH_BAN. */
  unban: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /** In the order of their ids. NO_SUCH_GROUP, NOT_OWNER. */
  listBans: { params: { groupId: string; after?: string }; result: Page<GroupBan> };
  /**
   * Makes a way into a group for whoever has its secret, of which the tracker learns the SHA-256
   * (hex) alone. NO_SUCH_GROUP, NOT_OWNER, LIMIT_REACHED.
   */
  createInvite: {
    params: {
      groupId: string;
      inviteId: string;
      uses: number;
      lifetimeMs: number;
      /** @default 'member' */
      role?: InvitedRole;
    };
    /** `role`: a tracker that knows of none would make members of readers, and cannot say this. */
    result: { expiresAtMs: number; role: InvitedRole };
  };
  /** Those that have not expired, in the order of their ids. NO_SUCH_GROUP, NOT_OWNER. */
  listInvites: { params: { groupId: string; after?: string }; result: Page<GroupInvite> };
  /** NO_SUCH_GROUP, NOT_OWNER. `isKnown` is false when there was none. */
  revokeInvite: { params: { groupId: string; inviteId: string }; result: { isKnown: boolean } };
  /**
   * Makes the user a member, or a reader. One who is in the group stays what they are, whatever has become
   * of the invite, and uses nothing up (`isNew` is false).
   * INVITE_INVALID for whatever is wrong with it, BANNED, LIMIT_REACHED.
   */
  redeemInvite: {
    params: { groupId: string; secret: string };
    result: GroupMembership & { isNew: boolean };
  };
  /** Who is in a group, by their ids, for those who are in it. NO_SUCH_GROUP, NOT_A_MEMBER. */
  listMembers: { params: { groupId: string; after?: string }; result: Page<GroupMember> };
  /**
   * What has happened in a group, the oldest first; `after` is the number of an entry.
   * NO_SUCH_GROUP, NOT_A_MEMBER.
   */
  history: { params: { groupId: string; after?: string }; result: HistoryPage };
  listGroups: { params: { after?: string }; result: Page<string> };
  /** All groups, in the order of their ids, with what the caller may know of each. */
  describeGroups: { params: { after?: string }; result: Page<GroupRow> };
  /** What the tracker is. */
  about: { params: Record<string, never>; result: { version: string } };
  /** What waits for the caller, and what the caller waits for. */
  openRequests: { params: Record<string, never>; result: OpenRequests };

  /**
   * What the operator allows the user, and the user's groups, and how much of it is used. What is bounded by nothing
   * but the fixed limits is left out; of the groups come as many as fit a frame.
   */
  quotaUse: {
    params: Record<string, never>;
    result: { user: QuotaUse; groups: readonly (QuotaUse & { groupId: string })[] };
  };

  /** The caller's own groups, in the order of their ids. */
  listMemberships: { params: { after?: string }; result: Page<GroupMembership> };

  /** NO_SUCH_GROUP, NOT_A_MEMBER. */
  listFiles: { params: { groupId: string; after?: string }; result: Page<FileRow> };
  /**
   * Files of the groups in which the user is, group after group, the newest of each first. There may be
   * none in an answer that says where to go on. NO_SUCH_GROUP, NOT_A_MEMBER of a group that is named,
   * LIMIT_REACHED.
   */
  search: {
    params: FileSearch & { after?: SearchPlace };
    result: { items: readonly FoundFile[]; next?: SearchPlace };
  };
  /** NO_SUCH_GROUP, NOT_A_MEMBER, NO_SUCH_FILE. */
  fileInfo: {
    params: { groupId: string; name: string };
    result: FileRow & { descriptionBytes: number };
  };
  /**
   * `fileInfo` for many names at once, with everything a download begins with: the description
   * when it is at most DESCRIPTION_IN_LIST_BYTES (of a file alone: DESCRIPTION_SLICE_BYTES), and, when asked for, some of the peers that
   * have the file now (without `watch`, so that nothing is pushed) and a ticket. One answer per
   * name, in order, as many as fit a frame and at least one. NO_SUCH_GROUP, NOT_A_MEMBER,
   * NO_DEVICE (with `wantPeers`).
   */
  describeFiles: {
    params: { groupId: string; names: readonly string[]; wantPeers: boolean };
    result: {
      files: readonly (DescribedFile | RefusedItem)[];
      ticket?: IssuedTicket;
    };
  };
  /** A slice of the canonical description; NOT_A_MEMBER unless the file is in that group. */
  getDescription: {
    params: { groupId: string; fileId: string; offset: number };
    result: { bytes: string };
  };
  /**
   * Stages a slice (base64) of a description that this session is about to share; slices come
   * in order, and one description is staged per session at a time (offset 0 starts a new one).
   */
  putDescription: {
    params: { fileId: string; offset: number; totalBytes: number; bytes: string };
    result: Record<string, never>;
  };
  /**
   * Shares a file of which this device has every byte, under a name. With `replace` the name
   * stands for this content from now on, whatever it stood for; only who shares that, or an
   * owner or admin of the group, may say so. A reader may share what a name stands for already.
   * NOT_A_MEMBER, READ_ONLY (a reader brings something new), QUOTA, NAME_TAKEN (other content under that name), REPLACED (a former version of what
   * the name stands for now), NO_DEVICE,
   * NEED_DESCRIPTION (unknown content, and neither staged nor given inline).
   */
  shareFile: {
    params: {
      groupId: string;
      name: string;
      fileId: string;
      description?: string;
      replace?: boolean;
    };
    /** `replaced` only to those who asked for it. */
    result: { outcome: 'created' | 'source-added' | 'already-shared' | 'replaced' };
  };
  /**
   * `shareFile` for many files at once, none of which needs staging: one answer per file, in
   * order; what is refused does not stop the others. With `announce`, a device that is online
   * offers them completely from then on. NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE.
   */
  shareFiles: {
    params: {
      groupId: string;
      files: readonly {
        name: string;
        fileId: string;
        description?: string;
        replace?: boolean;
      }[];
      announce: boolean;
    };
    result: {
      outcomes: readonly (TrackerMethods['shareFile']['result'] | RefusedItem)[];
    };
  };
  /** NOT_SHARED when this device does not share it. */
  stopShare: { params: { groupId: string; name: string }; result: { fileId: string } };

  /**
   * Registers where this device serves pieces. The host `0.0.0.0` or `::` stands for the
   * address the tracker sees. NO_DEVICE. What was announced before stays announced.
   */
  goOnline: {
    /** `relays`: this client relays between members of its groups. @default false */
    params: { addresses: readonly PeerAddress[]; relays?: boolean };
    /** Those that the tracker dials; `seen`: where it sees this device (older trackers do not say). */
    result: { addresses: readonly PeerAddress[]; seen?: string };
  };
  /**
   * Says what this device serves right now; needs goOnline. A device may announce
   * a file only in a group of its user, and the file must be known there.
   */
  announce: {
    params: { files: readonly Announcement[] };
    /** `replaced`: those taken for which no name stands any more, though one did; absent without any. */
    result: {
      refused: readonly { groupId: string; fileId: string; code: string }[];
      replaced?: readonly TrackerNotifications['replaced'][];
    };
  };
  /**
   * Peers that have the file, and `peers` notifications from now on until `unwatch`. `replaced`:
   * no name of the group stands for it any more, but one did.
   */
  watch: {
    params: { groupId: string; fileId: string };
    result: IssuedTicket & { peers: readonly OnlinePeer[]; replaced?: Replacement };
  };
  unwatch: { params: { groupId: string; fileId: string }; result: Record<string, never> };
  /**
   * Asks a device that offers a file to come to this one: to dial it where it was proven to be, or to
   * meet it at a relay: the tracker's, else a member's; not at those in `without` (device ids, and
   * TRACKERS_RELAY). NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE, LIMIT_REACHED.
   */
  call: {
    params: {
      groupId: string;
      fileId: string;
      deviceId: string;
      callId: string;
      way: CallWay;
      without?: readonly string[];
    };
    /** `relayKey` of a call that was passed on by way of a relay; `relay`: a member's. */
    result: { outcome: CallOutcome; relayKey?: string; relay?: RelayTold };
  };
  /** A fresh ticket for one group (base64). NOT_A_MEMBER, NO_DEVICE. */
  ticket: {
    params: { groupId: string };
    result: IssuedTicket;
  };
  /** The present LAN keys of those of these groups in which the user is. */
  lanKeys: {
    params: { groupIds: readonly string[] };
    result: { keys: readonly LanKey[] };
  };
}

export type TrackerMethod = keyof TrackerMethods;

/** What the tracker pushes, as JSON-RPC notifications. */
export interface TrackerNotifications {
  /** Peers of a watched file that came, changed or went. */
  peers: {
    groupId: string;
    fileId: string;
    online: readonly OnlinePeer[];
    gone: readonly string[];
  };
  /**
   * To who offers or watches a content: the name stands for another one from now on. What is
   * under way may be finished; shares of it under that name have ended.
   */
  replaced: Replacement & { groupId: string; fileId: string };
  /**
   * Someone left a group, or may do less in it: tickets of older epochs must be renewed, the named users
   * are out.
   */
  epoch: GroupStanding & { removedUsers: readonly string[] };
  /** To the sessions of owners and admins: someone asks to join. */
  joinRequest: { groupId: string; userId: string };
  /** To every session of whoever made a link: this user has become a member by it. */
  inviteRedeemed: { groupId: string; userId: string };
  /** To the user concerned: what became of them in a group. */
  membership: GroupStanding & {
    /** What they are now in the group, or why they are not in it. */
    state: Role | 'rejected' | 'removed' | 'banned';
    /** By whom else; absent of what follows from a rule, and of who was let in or turned away. */
    by?: string;
  };
  /**
   * The tracker has dialled addresses that this device claimed: others are told of these, where it
   * proved its key. None: nobody can reach it, as far as the tracker can tell. `tried`: how each dial
   * since `goOnline` ended (older trackers do not say).
   */
  reach: { addresses: readonly PeerAddress[]; tried?: readonly TriedAddress[] };
  /**
   * A member of a group wants something that this device offers there, and asks it to come: to dial
   * these addresses, where the tracker found that device, or to the relay with this key: that of `relay`,
   * else the tracker's.
   */
  call: {
    groupId: string;
    userId: string;
    deviceId: string;
    callId: string;
    addresses?: readonly PeerAddress[];
    relayKey?: string;
    relay?: RelayTold;
  };
  /** This session was ended (logged out elsewhere, or replaced by a newer one of this device). */
  sessionEnded: { code: string; message: string };
}

export type TrackerNotification = keyof TrackerNotifications;
