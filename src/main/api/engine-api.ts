/**
 * What commands may ask of a client, whoever carries it out: the engine of this very
 * process, or the engine of a running `p2p serve`. All methods reject with a P2pError
 * whose message is fit for the user.
 */
import type { HistoryEntry } from '../../net/history.js';
import type { InvitedRole, Role } from '../../net/roles.js';
import type {
  FileRow,
  FileSearch,
  FoundFile,
  GroupBan,
  GroupInvite,
  GroupMember,
  GroupMembership,
  GroupRow,
  KnownDevice,
  PeerAddress,
} from '../../net/tracker-api.js';
import type { Priority } from '../home/download-turn.js';
import type { EventScope, TimedEventListener } from './client-events.js';
import type { Status } from './client-status.js';
import type { FolderPage, FolderPageRequest } from './folder-page.js';
import type { GuestLink, MadeGuestLink } from './guest-links.js';
import type { HistoryVerdict } from './history-verdict.js';
import type { InviteLink } from './invite-link.js';
import type {
  DownloadProgress,
  DownloadSummary,
  HeldDownload,
  MovedDownload,
  UnwantedDownload,
  UploadProgress,
  UploadResult,
  VerifyProgress,
  VerifyReport,
} from './progress.js';
import type { FollowedFilesProgress, FollowFilesRequest } from './followed-files.js';
import type { MachineLook } from './machine-look.js';
import type { NetworkReport } from './network-report.js';
import type { PieceMap } from './piece-map.js';
import type { LimitRequest, RateLimitReport } from './rate-limits.js';
import type { NotStopped, SharedFile } from './shared-files.js';
import type { SyncProgress, SyncReport, SyncRequest } from './sync.js';

/**
 * The version of all that this interface says: its methods, what they take and answer, and the
 * events. Raised with every change, because two command lines that differ in it must not talk; what programs
 * of others rely on is `PROTOCOL_VERSION`.
 */
export const API_VERSION = 39;

/**
 * What programs of others rely on: a method, a param, a key of an answer, an event that a protocol has stays in it
 * and means the same. A test holds all that this one has. Raised when that has to be broken.
 */
export const PROTOCOL_VERSION = 1;

/** What `login` brought back. */
export interface LoginResult {
  readonly userId: string;
  /** Files that are served again. */
  readonly restored: number;
  /** Files that are not, each with the reason. */
  readonly skipped: readonly {
    readonly groupId: string;
    readonly name: string;
    readonly reason: string;
  }[];
}

/**
 * What lies at the destination of a download. `older`: what this client downloaded or shared there under that
 * name before the name got other content. `unfinished`: the very file, of a download that was ended before it
 * could note that; starting it again does. `other`: anything else.
 */
export interface FileAt {
  readonly state: 'nothing' | 'same' | 'unfinished' | 'older' | 'other';
  /** Bytes of what would be downloaded; absent where nobody had to look that up. */
  readonly size?: number;
}

/** Downloads: the one whose id begins so, or all of a group, or of one or some of its files. */
export type WhichDownloads =
  | { readonly id: string }
  | {
      readonly groupId: string;
      readonly fileName?: string;
      /** Of any of these. */
      readonly fileNames?: readonly string[];
    };

/** Which tracker is meant; without one that which the engine knows. */
export interface NamedTracker {
  readonly tracker?: PeerAddress;
  /** Further addresses of the same tracker, by preference. @default none */
  readonly furtherTrackers?: readonly PeerAddress[];
}

/** Everything a command can do. */
export interface EngineApi {
  /** Makes an account at a tracker; `invite` is what its operator gave. */
  createUser(
    request: NamedTracker & { userId: string; password: string; invite?: string },
  ): Promise<void>;
  /** Logs in; what was shared from here before is served again. */
  login(request: NamedTracker & { userId: string; password: string }): Promise<LoginResult>;
  /** Logs out: nothing of the user is served until the next login. */
  logout(): Promise<void>;
  /**
   * Every other login of the user ends, on all devices. Only an account that a link made has no old
   * password yet.
   */
  changePassword(request: { oldPassword?: string; newPassword: string }): Promise<void>;
  /** Where the user is or was logged in. */
  devices(): Promise<readonly (KnownDevice & { readonly isThis: boolean })[]>;
  /**
   * Ends the logins of a device, or of all devices but for the login here.
   * Rejects with NO_SUCH_DEVICE.
   */
  logoutDevice(deviceId: string | undefined): Promise<void>;
  /** Who is logged in, where, and in which groups. Rejects with NOT_LOGGED_IN. */
  whoami(): Promise<{
    userId: string;
    tracker: string;
    trackerIdentity: Status['trackerIdentity'];
    deviceId: string;
    groups: readonly GroupMembership[];
  }>;

  /** Makes a group; its maker owns it. */
  createGroup(groupId: string): Promise<void>;
  /** Asks to be let into a group; the event `membership` tells the answer. */
  joinGroup(groupId: string): Promise<void>;
  /** Leaves a group; what the user shares in it ends. */
  leaveGroup(groupId: string): Promise<{ newOwner?: string; groupEnded: boolean }>;
  /** Who asks to be let in, for those who may answer. */
  listRequests(groupId: string): Promise<readonly string[]>;
  /** Lets one in. */
  acceptRequest(groupId: string, userId: string): Promise<void>;
  /** Does not let one in. */
  rejectRequest(groupId: string, userId: string): Promise<void>;
  /** What has happened in a group, the oldest first, as far as the tracker has kept it. */
  history(groupId: string): Promise<readonly HistoryEntry[]>;
  /**
   * Reads it through, and holds it against what was found here the last time. A history that is whole is
   * what the next one is held against.
   */
  verifyHistory(groupId: string): Promise<HistoryVerdict>;
  /** Makes a link into a group, which makes members, or readers, of who comes by it. */
  createInvite(request: {
    groupId: string;
    uses: number;
    lifetimeMs: number;
    /** @default 'member' */
    role?: InvitedRole;
  }): Promise<InviteLink & { readonly expiresAtMs: number }>;
  /** Links into a group that have not expired, by their ids. */
  invites(groupId: string): Promise<readonly GroupInvite[]>;
  /** Ends the one whose id begins so. Rejects with INVITE_INVALID when none does, or several do. */
  revokeInvite(groupId: string, id: string): Promise<void>;
  /**
   * Becomes a member by a link: as who is logged in, or with the account that this device's key opens; when
   * there is none it is made, with the first of `userIds` that is free. Rejects with INVITE_INVALID.
   */
  joinByInvite(request: InviteLink & { userIds: readonly string[] }): Promise<{
    readonly userId: string;
    readonly isNewAccount: boolean;
    readonly isNewMember: boolean;
    readonly role: Role;
  }>;
  /**
   * Sees to a login at a tracker without a password: who is logged in there, or the account that this
   * device's key opens, or one that is made, as `joinByInvite` does.
   */
  enter(
    request: Pick<InviteLink, 'tracker' | 'expected'> & { userIds: readonly string[] },
  ): Promise<{ readonly userId: string; readonly isNewAccount: boolean }>;
  /** Logs in with the account that this device's key opens. Rejects with NO_SUCH_USER. */
  loginByKey(request: NamedTracker & { userId: string }): Promise<LoginResult>;
  /**
   * Makes a link by which guests, who have no program and no account, take one item of a group from here. Rejects with
   * NO_GATEWAY when they have no way in.
   */
  createGuestLink(request: {
    groupId: string;
    fileName: string;
    lifetimeMs: number;
    /** How many downloads it is good for. @default any number */
    downloads?: number;
    /** What guests have to say besides. @default nothing */
    password?: string;
  }): Promise<MadeGuestLink>;
  /** Links for guests that have not expired, of one group if it is named. Needs no tracker. */
  guestLinks(groupId: string | undefined): Promise<readonly GuestLink[]>;
  /** Ends the one whose id begins so. Rejects with NO_SUCH_LINK when none does, or several do. */
  revokeGuestLink(id: string): Promise<GuestLink>;
  /** Answers how many links into the group ended with it. */
  kick(groupId: string, userId: string): Promise<number>;
  /** Makes another member the owner. */
  transferOwner(groupId: string, userId: string): Promise<void>;
  /** Gives a member a role; false when that is what they are already. */
  setRole(groupId: string, userId: string, role: Role): Promise<boolean>;
  /** Shuts a user out of a group, with the devices on which they are; answers how many links ended with it. */
  ban(groupId: string, userId: string): Promise<number>;
  /** Lifts that: the user may ask to be let in again. */
  unban(groupId: string, userId: string): Promise<void>;
  /** Who is banned from a group. */
  bans(groupId: string): Promise<readonly GroupBan[]>;
  /** Who is in a group, and as what, for those who are in it. */
  listMembers(groupId: string): Promise<readonly GroupMember[]>;
  /** The ids of all groups. */
  listGroups(): Promise<readonly string[]>;
  /** All groups, with what one may know of each. */
  describeGroups(): Promise<readonly GroupRow[]>;

  /** The files of a group, for those who are in it. */
  listFiles(groupId: string): Promise<readonly FileRow[]>;
  /**
   * A page of what is in a folder of a group. Rejects with NO_SUCH_FILE when the name stands for a file, and
   * with REPLACED when it stands for another content than at the first page.
   */
  listFolder(request: FolderPageRequest): Promise<FolderPage>;
  /**
   * `path` is absolute, of a file or a folder; `as` is the name in the group when it is not the file's own; `replace` has
   * the name stand for this file, whatever it stands for. Nothing is shared once `signal` is aborted.
   */
  upload(
    request: {
      path: string;
      groupId: string;
      as?: string;
      sha256: boolean;
      replace?: boolean;
      /** What is not shared of a folder: patterns by the rules of `.gitignore`. */
      exclude?: string[];
      signal?: AbortSignal;
    },
    onProgress: (progress: UploadProgress) => void,
  ): Promise<UploadResult>;
  /**
   * Hashes whole pieces of an input of the home's spool that is still being written (home/spool.ts), so that they need
   * not be read again when it is uploaded under the name that it has then. Rejects with BAD_REQUEST for any other file.
   */
  hashAhead(run: {
    path: string;
    pieceLength: number;
    firstPiece: number;
    pieceCount: number;
  }): Promise<void>;
  /**
   * Files of the user's groups, the newest first; `isComplete` is false when there are more than
   * MAX_FILES_FOUND.
   */
  search(
    request: FileSearch,
  ): Promise<{ readonly files: readonly FoundFile[]; readonly isComplete: boolean }>;
  /**
   * Keeps a folder the same as a group, until that is done or the caller takes the call back; each step is an event.
   * Rejects with BAD_ARGUMENT for a folder that cannot be that, NO_DESTINATION for one that is not as it was.
   */
  sync(request: SyncRequest, onProgress: (progress: SyncProgress) => void): Promise<SyncReport>;
  /**
   * Follows the files of a group until the caller takes the call back, which it ends with: each that comes, is replaced
   * or goes is an event, for who listens to all. Up to MAX_FOLLOWED_GROUPS groups at a time. Rejects as well once the
   * user is not in the group any more, or not logged in.
   */
  followFiles(
    request: FollowFilesRequest,
    onProgress: (progress: FollowedFilesProgress) => void,
  ): Promise<void>;
  /** Shares a file no more, from here. */
  stopShare(groupId: string, fileName: string): Promise<void>;
  /**
   * The same of up to MAX_NAMES_AT_ONCE names in one go; answers those that are shared on, or were not shared from here.
   */
  stopShares(request: {
    groupId: string;
    fileNames: readonly string[];
  }): Promise<readonly NotStopped[]>;
  /** What is shared from here, of one group if it is named, by group and name. Needs no tracker. */
  shares(groupId: string | undefined): Promise<readonly SharedFile[]>;
  /**
   * Reads what is shared or was downloaded, of one group or file if they are named, and says what is
   * not whole. With `isRepairing` what is wrong or missing is fetched from peers, and what somebody
   * changed stays beside it under another name. Works without the tracker
   * unless it repairs. Rejects with NOT_SHARED when nothing here has that name, BUSY while another
   * check runs.
   */
  verify(
    request: { groupId?: string; fileName?: string; isRepairing: boolean; signal?: AbortSignal },
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport>;

  /**
   * Starts a download and answers its id once it is accepted (the file exists, the
   * destination can be written). `destination` is absolute: a folder or a file path.
   */
  startDownload(request: {
    groupId: string;
    fileName: string;
    destination: string;
    overwrite: boolean;
    /** What lies there stays beside the new file, as `NAME~1`; `overwrite` goes before. */
    keepsOlder?: boolean;
    /** Only these files of a folder: patterns by the rules of `.gitignore`, see choose-entries.ts. */
    only?: string[];
    /** Give up after this long without a byte; 0 waits for ever. */
    timeoutMs: number;
    /** Before and behind which others it waits for its turn. @default 'normal', or what it has already */
    priority?: Priority;
    /** Somebody reads the file from its beginning while it comes, see `DownloadProgress.readable`. @default false */
    isInOrder?: boolean;
    /** In a client that stays it goes on when its caller hangs up before anybody waits for it. @default false */
    isDetached?: boolean;
  }): Promise<string>;
  /**
   * What lies at `path` (absolute), seen from a file of a group. `fileId` is what its name stands for,
   * if that is known; where this client shares just that, the tracker is not asked. With `only` it is seen
   * from these files of a folder.
   */
  fileAt(request: {
    groupId: string;
    fileName: string;
    fileId?: string;
    path: string;
    only?: string[];
  }): Promise<FileAt>;
  /** Resolves when the download is complete; rejects when it failed or was cancelled. */
  waitForDownload(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary>;
  /** Stops a download and keeps what is verified for the next try. */
  cancelDownload(id: string): Promise<void>;
  /**
   * Stops downloads until they are resumed, whether they run, wait in line or were interrupted; all of a group, of a file,
   * or the one whose id begins so. Rejects with NO_SUCH_DOWNLOAD when none can be paused.
   */
  pauseDownloads(which: WhichDownloads): Promise<readonly HeldDownload[]>;
  /**
   * Goes on with downloads that are not complete and that nobody runs; each gives up after `timeoutMs`
   * without a byte, 0 never does. Rejects with NO_SUCH_DOWNLOAD when there is none. Of several files that are named, one
   * that cannot go on is answered with its `error`.
   */
  resumeDownloads(
    request: WhichDownloads & { timeoutMs: number },
  ): Promise<readonly HeldDownload[]>;
  /**
   * Moves downloads in the line of those that wait for their turn, here or for a client that stays; several stay
   * together. A number is the place that the first of them has then, from 1. One that comes to stand before
   * another of a higher priority, or behind one of a lower, takes that. Rejects with NO_SUCH_DOWNLOAD when none
   * waits.
   */
  moveDownloads(
    request: WhichDownloads & { to: 'first' | 'last' | 'up' | 'down' | number },
  ): Promise<readonly MovedDownload[]>;
  /**
   * Ends downloads that are not complete, whether they run or not: the one with this id, or whose id is the only
   * one that begins so, or all of a file, or of some. What was fetched is removed, unless `keepsPart`. One of several that
   * cannot be ended is answered with its `error`.
   */
  cancelDownloads(
    request: { keepsPart: boolean } & (
      | { id: string }
      | { groupId: string; fileName: string }
      | { groupId: string; fileNames: readonly string[] }
    ),
  ): Promise<readonly UnwantedDownload[]>;
  /**
   * Takes downloads that have ended off the list: all, of a group, or of one or some of its files; with
   * `onlyComplete` those that are complete. What was fetched of the others is removed, unless `keepsPart`. One that
   * cannot be forgotten is answered with its `error` where several are named.
   */
  forgetDownloads(request: {
    groupId?: string;
    fileName?: string;
    fileNames?: readonly string[];
    onlyComplete: boolean;
    keepsPart: boolean;
  }): Promise<readonly UnwantedDownload[]>;
  /**
   * Of a complete download into the home's spool (home/spool.ts), or one that is `finishing`, all of which has been read:
   * ends its share, takes it off the list and removes its file. Rejects with NO_SUCH_DOWNLOAD when there is none.
   */
  discardDownload(id: string): Promise<void>;
  /** Downloads of this engine, and those that earlier ones completed or left unfinished. */
  downloads(): Promise<readonly DownloadProgress[]>;
  /** How the pieces of one of them stand, in at most 1,024 cells. Rejects with NO_SUCH_DOWNLOAD. */
  downloadPieces(id: string): Promise<PieceMap>;

  /** The rules about rates of this home, and what of them holds now. */
  limits(): Promise<RateLimitReport>;
  /**
   * Sets a rule about rates, which holds at once and is kept in the home; one with which the client was started
   * gives way to it until the client ends. What is left out stays as it is. With `isCleared` the rules of the scope
   * are taken away, or that of the time. Rejects with LIMIT_REACHED.
   */
  changeLimit(request: LimitRequest): Promise<RateLimitReport>;

  /** How this client stands. */
  status(): Promise<Status>;
  /**
   * Tries the network from here: listens, has the tracker dial back, asks the router. Takes some seconds.
   * Rejects with HOME_IN_USE, ADDRESS_IN_USE or ADDRESS_UNAVAILABLE.
   */
  checkNetwork(): Promise<NetworkReport>;
  /** Looks at the machine on which the engine runs, and at an absolute folder for downloads. */
  lookAtMachine(destination: string): Promise<MachineLook>;

  /**
   * Calls back for everything that happens unasked from now on, of `all` for every step as well; answers how to
   * stop that.
   */
  events(listener: TimedEventListener, scope?: EventScope): () => void;
}
