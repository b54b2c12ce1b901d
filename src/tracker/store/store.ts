/**
 * What the tracker remembers across restarts, as an interface: accounts, tokens, groups,
 * memberships, join requests, shared files and their descriptions.
 * A store knows no rules: it answers facts and carries out changes that the rules decided.
 * Every implementation runs test/tracker/store/store-suite.ts.
 */

import type { JudgedContent } from '../../net/description.js';
import type { HistoryEntry } from '../../net/history.js';
import type { Invite } from '../../net/invites.js';
import type { SetQuota } from '../../net/quota.js';
import type { InvitedRole, Role } from '../../net/roles.js';
import type { GroupInvite, GroupMember, KnownDevice, Replacement } from '../../net/tracker-api.js';
import type { SharedKeys, StoreOutbox } from './shared-store.js';
import type {
  StoredToken,
  StoredGroup,
  StoredMembership,
  StoredBan,
  StoredFile,
  ListedFile,
  StoredSearch,
  SearchedSlice,
  StoredContent,
  StoredShare,
  PendingRemoval,
  RemovalPlace,
  EndedShare,
  StoredSharing,
  StoredHistory,
  StoredUser,
  AnswerPlace,
  KeptAnswer,
  StoredAnswer,
  GroupSize,
  SizedGroup,
  ListRange,
  StoreCounts,
} from './stored.js';

/** Facts and changes inside one transaction. Nothing is visible outside before it ends. */
export interface StoreTransaction {
  /** The user's password hash, empty without a password, or undefined for an unknown user. */
  findPasswordHash(userId: string): Promise<string | undefined>;
  /** True when the id is taken, or another one that is can be taken for it. */
  isLookAlike(kind: 'user' | 'group', id: string): Promise<boolean>;
  /** False when the id is taken, or one that looks like it. */
  addUser(userId: string, passwordHash: string, nowMs: number): Promise<boolean>;

  /** Why an account is disabled, which may be empty; undefined while it is not. */
  findDisabledReason(userId: string): Promise<string | undefined>;
  /** Disables an account, or enables it again. */
  setDisabled(userId: string, reason: string | undefined): Promise<void>;
  /** All accounts, in ascending order of their ids. */
  listUsers(range: ListRange): Promise<StoredUser[]>;
  setPasswordHash(userId: string, passwordHash: string): Promise<void>;
  /** The user whose account the key of this device opens. */
  findUserOfKey(deviceId: string): Promise<string | undefined>;
  /** The device whose key opens the account of a user. */
  findKeyDevice(userId: string): Promise<string | undefined>;
  /** Has the key of a device open an account, or of none; a device opens one account. */
  setKeyDevice(userId: string, deviceId: string | undefined): Promise<void>;

  addToken(token: StoredToken): Promise<void>;
  findToken(tokenHash: string): Promise<StoredToken | undefined>;
  extendToken(tokenHash: string, expiresAtMs: number): Promise<void>;
  removeToken(tokenHash: string): Promise<void>;
  /** Removes every token that a user holds on one device. */
  removeTokensOfDevice(userId: string, deviceId: string): Promise<void>;
  /** Removes every token of a user but one. */
  removeTokensBut(userId: string, keptTokenHash: string): Promise<void>;
  /** Removes the tokens of a user that expire first, until at most `keep` are left. */
  trimTokens(userId: string, keep: number): Promise<void>;
  removeExpiredTokens(nowMs: number): Promise<void>;
  /** True when the device has logged in to this account before. */
  isKnownDevice(userId: string, deviceId: string): Promise<boolean>;
  /** Notes that it has, now; a device that was noted before is noted anew. */
  addKnownDevice(userId: string, deviceId: string, nowMs: number): Promise<void>;
  /** Forgets the devices of a user that were in longest ago, until at most `keep` are left. */
  trimKnownDevices(userId: string, keep: number): Promise<void>;
  /** Notes that a device was used, if that was noted last before `sinceMs`. */
  touchKnownDevice(userId: string, deviceId: string, sinceMs: number, nowMs: number): Promise<void>;
  /** False when it was not known. */
  removeKnownDevice(userId: string, deviceId: string): Promise<boolean>;
  /** Removes every known device of a user but one. */
  removeKnownDevicesBut(userId: string, keptDeviceId: string): Promise<void>;
  /** The known devices of a user, in ascending order of their ids. */
  listKnownDevices(userId: string, range: ListRange, nowMs: number): Promise<KnownDevice[]>;

  /** Whether an invite may make one more account; undefined for one that is not known. */
  isInviteGood(codeHash: string, nowMs: number): Promise<boolean | undefined>;
  /** Keeps an invite; one that is known stays as it is. */
  addInvite(codeHash: string, invite: Invite): Promise<void>;
  /** Counts one use; false when none is left, or it is too old. */
  takeInvite(codeHash: string, nowMs: number): Promise<boolean>;
  removeExpiredInvites(nowMs: number): Promise<void>;

  /** False when there is one of this id, into whatever group; that one stays as it is. */
  addGroupInvite(groupId: string, invite: Omit<GroupInvite, 'usesLeft'>): Promise<boolean>;
  /** What an invite into this group makes of one more user; undefined when it lets nobody in. */
  findGroupInviteRole(
    groupId: string,
    inviteId: string,
    nowMs: number,
  ): Promise<InvitedRole | undefined>;
  /** Counts one use and says who made it; undefined when none is left, or it is too old, or there is none. */
  takeGroupInvite(groupId: string, inviteId: string, nowMs: number): Promise<string | undefined>;
  countGroupInvites(groupId: string): Promise<number>;
  /** In ascending order of their ids. */
  listGroupInvites(groupId: string, range: ListRange): Promise<GroupInvite[]>;
  /** False when there was none. */
  removeGroupInvite(groupId: string, inviteId: string): Promise<boolean>;
  /** Returns how many there were. */
  removeGroupInvites(groupId: string): Promise<number>;
  /** Those that one user made. */
  removeGroupInvitesOf(groupId: string, creatorId: string): Promise<void>;
  removeExpiredGroupInvites(nowMs: number): Promise<void>;

  findGroup(groupId: string): Promise<StoredGroup | undefined>;
  /** False when the id is taken, or one that looks like it; adds no member. */
  addGroup(
    group: Omit<StoredGroup, 'epoch'> & { readonly creatorId: string },
    nowMs: number,
  ): Promise<boolean>;
  /** Returns the new epoch. */
  raiseEpoch(groupId: string): Promise<number>;
  /**
   * Ends a group: nobody finds it, its members, requests, invites or bans any more. Its id stays taken until the last of
   * its rows is removed. Returns who had asked to join.
   */
  endGroup(groupId: string): Promise<string[]>;
  /**
   * Removes some rows of a group that has ended, SHARES_ENDED_AT_ONCE of each kind at most; true when none is left. What its
   * files were is noted for dropSomeContents.
   */
  removeSomeOfGroup(groupId: string): Promise<boolean>;
  listGroupIds(range: ListRange): Promise<string[]>;
  /** All groups, in ascending order of their ids. */
  listSizedGroups(range: ListRange): Promise<SizedGroup[]>;
  /** Kept, not counted. */
  findGroupSize(groupId: string): Promise<GroupSize>;

  /** What was set for these users and groups, and the defaults of either kind. */
  findQuotas(wanted: {
    readonly user?: readonly string[];
    readonly group?: readonly string[];
  }): Promise<SetQuota[]>;
  /** In place of what was set before; without a bound it is forgotten. That of a group goes with it. */
  setQuota(quota: SetQuota): Promise<void>;
  /** All that were set of one kind, in ascending order of their ids; the default comes first. */
  listQuotas(kind: SetQuota['kind'], range: ListRange): Promise<SetQuota[]>;

  /** What a user is in a group; undefined for one who is no member. */
  findRole(groupId: string, userId: string): Promise<Role | undefined>;
  addMember(groupId: string, userId: string, role: Role, nowMs: number): Promise<void>;
  setRole(groupId: string, userId: string, role: Role): Promise<void>;
  /** Removes a member. Shares of the user in that group stay until they are ended. */
  removeMember(groupId: string, userId: string): Promise<void>;
  /** Of those of one role, who came first. */
  findLongestStanding(groupId: string, role: Role): Promise<string | undefined>;
  countMembersOf(groupId: string, roles: readonly Role[]): Promise<number>;
  /** The ids of those who are one of these, in the order in which they came. */
  listMembersOf(groupId: string, roles: readonly Role[]): Promise<string[]>;
  /** The members of a group, in ascending order of their ids. */
  listMembers(groupId: string, range: ListRange): Promise<GroupMember[]>;
  /** The groups of a user, in ascending order of their ids. */
  listMemberships(userId: string, range: ListRange): Promise<StoredMembership[]>;
  /** Groups that a user belongs to or asks to join. */
  countGroupsOf(userId: string): Promise<number>;

  /** Bans a user, with the devices on which they are known; one who is banned is banned anew. */
  addBan(groupId: string, ban: StoredBan): Promise<void>;
  findBan(groupId: string, userId: string): Promise<StoredBan | undefined>;
  removeBan(groupId: string, userId: string): Promise<void>;
  countBans(groupId: string): Promise<number>;
  /** In ascending order of the users' ids. */
  listBans(groupId: string, range: ListRange): Promise<StoredBan[]>;
  /**
   * True for a user who is banned, and for one who is here, or is known, on a device on which one who is
   * banned was when that happened, or is known now.
   */
  isShutOut(groupId: string, userId: string, deviceId: string | undefined): Promise<boolean>;

  hasRequest(groupId: string, userId: string): Promise<boolean>;
  /** `network` is where it came from, see net/network-of.ts. */
  addRequest(groupId: string, userId: string, nowMs: number, network: string): Promise<void>;
  /** False when there was none. */
  removeRequest(groupId: string, userId: string): Promise<boolean>;
  listRequests(groupId: string, range: ListRange): Promise<string[]>;
  /** Those to groups in which the user is one of these, the oldest first. */
  listRequestsTo(
    userId: string,
    roles: readonly Role[],
    limit: number,
  ): Promise<{ readonly groupId: string; readonly userId: string }[]>;
  /** The groups that a user asks to join, in ascending order of their ids. */
  listRequestedGroups(userId: string): Promise<string[]>;
  /** All that wait, or those that came from one network. */
  countRequests(groupId: string, network?: string): Promise<number>;

  /** Undefined for a group that is not there; a history ends with its group. */
  findHistory(groupId: string): Promise<StoredHistory | undefined>;
  /** Adds an entry at the end, which counts for so many bytes. */
  addHistoryEntry(groupId: string, entry: HistoryEntry, bytes: number): Promise<void>;
  /** Removes the entries of the lowest numbers, so many at most, and never the last one. */
  dropHistory(groupId: string, count: number): Promise<void>;
  /**
   * Entries behind a number, in ascending order of theirs: so many at most, and none behind the first one
   * with which they count for more than so many bytes together.
   */
  listHistory(
    groupId: string,
    afterSeq: number,
    most: { readonly entries: number; readonly bytes: number },
  ): Promise<HistoryEntry[]>;

  findFile(groupId: string, name: string): Promise<StoredFile | undefined>;
  findListedFile(groupId: string, name: string): Promise<ListedFile | undefined>;
  /** True when any name in the group stands for this content, or did before it was replaced. */
  hasContent(groupId: string, fileId: string): Promise<boolean>;
  /** The same, with the difference: `former` when no name stands for it any more. */
  contentStanding(groupId: string, fileId: string): Promise<'shared' | 'former' | undefined>;
  /** The name stands for a content from now on; it was free. */
  addFile(file: StoredFile, nowMs: number): Promise<void>;
  /**
   * The name stands for another content from now on, and nobody shares it yet; what it stood for
   * is its latest former version, of which the last `keep` stay. Returns the contents that are
   * gone from the group by that.
   */
  replaceFile(file: StoredFile, nowMs: number, keep: number): Promise<string[]>;
  /** True when the name stood for this content before it was replaced. */
  isFormerVersion(groupId: string, name: string, fileId: string): Promise<boolean>;
  /** What has replaced a content in a group, if no name stands for it any more. */
  findReplacement(groupId: string, fileId: string): Promise<Replacement | undefined>;
  /**
   * Forgets former versions that were replaced before a moment, the oldest first, so many at most;
   * returns the contents that are gone by that.
   */
  removeFormerVersions(beforeMs: number, limit: number): Promise<StoredContent[]>;
  listFiles(groupId: string, range: ListRange): Promise<ListedFile[]>;

  /**
   * Looks through some of the files of a group, from the newest to the oldest, beginning below a place;
   * so many are looked at and found at most.
   */
  findMatches(
    groupId: string,
    below: number | undefined,
    search: StoredSearch,
    most: { readonly looked: number; readonly found: number },
  ): Promise<SearchedSlice>;

  /** What decides how a share of a content is taken in. */
  findSharing(share: StoredShare, fileId: string): Promise<StoredSharing>;
  addShare(share: StoredShare, nowMs: number): Promise<void>;
  countSharesOf(userId: string): Promise<number>;
  /** Of one name, on however many devices. */
  countSharesOfName(groupId: string, name: string, userId: string): Promise<number>;
  /** Bytes of the description of each name that the group has, of some names. */
  findDescribedBytesOf(
    groupId: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Bytes of the descriptions of what the user shares, each share counting. */
  findDescribedBytes(userId: string): Promise<number>;
  /** True when the user shares the name, from whatever device. */
  sharesName(groupId: string, name: string, userId: string): Promise<boolean>;
  /**
   * Ends those of the names that the device shares for the user, and returns these; a file without shares goes, and so
   * does an unused description.
   */
  removeShares(
    sharer: Omit<StoredShare, 'name'>,
    names: readonly string[],
  ): Promise<readonly EndedShare[]>;
  /**
   * Ends some shares of a user in a group, SHARES_ENDED_AT_ONCE at most; files without shares go too, and what they were is
   * noted for dropSomeContents. Says which contents are gone from the group, and whether there are more shares.
   */
  removeSomeSharesOf(
    groupId: string,
    userId: string,
  ): Promise<{ readonly gone: readonly string[]; readonly isRest: boolean }>;

  /** Notes that the rest of a removal is to be done. */
  addPendingRemoval(removal: PendingRemoval): Promise<void>;
  /** The next of them that nobody else is at, which is nobody else's while the transaction goes on. Behind the last is the first. */
  takePendingRemoval(from?: RemovalPlace): Promise<PendingRemoval | undefined>;
  /** It is done. That of a group goes with it. */
  removePendingRemoval(removal: PendingRemoval): Promise<void>;
  isPendingRemoval(removal: PendingRemoval): Promise<boolean>;
  /** True when anybody's, or anything, is to be removed in the group, or anything of the user in whatever group. */
  hasPendingRemoval(groupId: string, userId: string): Promise<boolean>;
  /** True when contents are to be dropped, whose ever they are. */
  hasUnusedContents(): Promise<boolean>;
  /**
   * Drops some of the contents that removals have taken the last name of, and that nothing uses still: those of one step
   * of a removal, and fewer with large descriptions. False when there were none, when somebody else is at them, or when
   * removals are pending, at which somebody else may be, unless it is to go on `besideRemovals`.
   */
  dropSomeContents(besideRemovals: boolean): Promise<boolean>;
  /**
   * Ends the shares of one name that removed members have left behind; undefined when there were none. Says which contents
   * have lost their last name by that.
   */
  removeLeftShares(
    groupId: string,
    name: string,
  ): Promise<{ readonly gone: readonly string[] } | undefined>;

  /** Size of the file and of its canonical description, in bytes. */
  findDescription(fileId: string): Promise<{ size: number; descriptionBytes: number } | undefined>;
  /** Stores a description; one that no file uses is dropped with the next ended share. */
  addDescription(
    fileId: string,
    content: JudgedContent,
    bytes: Uint8Array,
    userId: string,
  ): Promise<void>;
  /** Bytes from `offset`, at most DESCRIPTION_SLICE_BYTES; empty at the end. */
  readDescription(fileId: string, offset: number): Promise<Uint8Array>;

  /** Keeps an answer, instead of another one in its place; false when it is there already. */
  keepAnswer(answer: StoredAnswer): Promise<boolean>;
  findAnswer(place: AnswerPlace): Promise<KeptAnswer | undefined>;
  /** Forgets answers that were kept before a moment, so many at most. */
  removeAnswers(beforeMs: number, limit: number): Promise<void>;

  /** Tells other trackers on the same database, with the commit; nothing where there are none. */
  publish(entry: string): Promise<void>;
}

/** Facts alone: those of its statements that change nothing. */
export type StoreFacts = Pick<
  StoreTransaction,
  | Extract<
      keyof StoreTransaction,
      `${'find' | 'is' | 'has' | 'list' | 'count' | 'read'}${Capitalize<string>}`
    >
  | 'contentStanding'
  | 'sharesName'
>;

/** Work inside a transaction. */
export type StoreWork<T> = (tx: StoreTransaction) => Promise<T>;

export interface Store {
  /** Undefined where no other tracker works with the same database. */
  readonly outbox?: StoreOutbox | undefined;
  readonly sharedKeys?: SharedKeys | undefined;
  /** True where reading waits for no transaction, and sees nothing of one before its end. */
  readonly readsBeside: boolean;
  /** The number of its schema. */
  readonly schema: number;
  /**
   * Runs `work` in a transaction: committed to disk before the promise resolves, undone when
   * `work` throws. Transactions run one after the other, in the order of the calls.
   * What others were in the way of may be undone and run again, so that only what it did last counts.
   */
  transaction<T>(work: StoreWork<T>): Promise<T>;
  /**
   * Several in one transaction, so that they wait for the disk once. One that throws is undone alone;
   * when the disk fails, those before it are undone with it. Says how each ended once all are on disk,
   * and takes the next one only when the one before it has ended. It may be called again before that: those are
   * carried out behind these, and are on disk after them. Works may take their time to come.
   */
  transactions(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<PromiseSettledResult<unknown>[]>;
  /** Looks at what is on disk, and at nothing else; unless it `readsBeside`, in the order of the calls. */
  read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T>;
  /** Figures that are kept, not counted, for whoever asks how large the store is; takes no turn. */
  counts(): Promise<StoreCounts>;
  /** Waits for transactions under way, then closes the database. */
  close(): Promise<void>;
}
