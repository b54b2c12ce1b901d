/** What the store answers and is given: rows, parts of lists, figures. */
import type { HistoryHead } from '../../net/history.js';
import type { Role } from '../../net/roles.js';
import type { GroupBan } from '../../net/tracker-api.js';

/** A login that may be resumed; the token itself is never stored. */
export interface StoredToken {
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
  readonly userId: string;
  /** The device it was given to; empty for a client without a certificate. */
  readonly deviceId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export interface StoredGroup {
  readonly groupId: string;
  /** Which of all groups that ever had this name. */
  readonly incarnation: string;
  /** Rises whenever someone is removed, or may do less than before. */
  readonly epoch: number;
}

/** A group of a user, and what the user is in it. */
export interface StoredMembership extends StoredGroup {
  readonly role: Role;
}

export interface StoredBan extends GroupBan {
  /** What the user was in the group then; undefined for one who was not in it. */
  readonly role: Role | undefined;
}

/** A name in a group, and the content it stands for. */
export interface StoredFile {
  readonly groupId: string;
  readonly name: string;
  readonly fileId: string;
  /** Bytes of the file. */
  readonly size: number;
}

/** A file with the member who has shared it longest. */
export interface ListedFile extends StoredFile {
  readonly sharer: string;
  /** The device by which they do; not known where nobody asks. */
  readonly sharerDevice?: string;
  /** When the name got this content. */
  readonly sharedAtMs: number;
  /** How many files a folder has; absent of a file. */
  readonly files?: number;
}

/** What is looked for in one group, in the forms in which names are compared. */
export interface StoredSearch {
  readonly words: readonly string[];
  /** Of the name, the dot included. */
  readonly ending: string;
  readonly kind: 'file' | 'folder' | undefined;
  readonly minSize: number;
  readonly maxSize: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A part of a group that was looked through. */
export interface SearchedSlice {
  /** The newest first, each with its place in the group. */
  readonly found: readonly { readonly file: ListedFile; readonly place: number }[];
  /** How many it looked at. */
  readonly looked: number;
  /** What is left stands below; undefined when nothing is. */
  readonly below: number | undefined;
}

/** A content of a group. */
export interface StoredContent {
  readonly groupId: string;
  readonly fileId: string;
}

/** One device of a user that shares a file. */
export interface StoredShare {
  readonly groupId: string;
  readonly name: string;
  readonly userId: string;
  readonly deviceId: string;
}

/** A removal whose last part is to be done. */
export interface PendingRemoval {
  readonly groupId: string;
  /** Whose shares there are left behind; undefined where the group has ended. */
  readonly userId?: string | undefined;
}

/** From where on the next of them is looked for, in the order of their groups and users. */
export interface RemovalPlace {
  readonly removal: PendingRemoval;
  /** It may be this one itself. */
  readonly isIncluded: boolean;
}

/** A share that has ended. */
export interface EndedShare {
  readonly name: string;
  /** What the name stood for. */
  readonly fileId: string;
  /**
   * Who shares that content in the group still, under whatever name: nobody, nor did a name of it stand for it before it
   * was replaced; others than this device for this user; or these too.
   */
  readonly left: 'nothing' | 'others' | 'own';
}

/**
 * What decides how a share is taken in, as far as it is stored. Where this device shares the content under the name already
 * nothing decides any more, and all behind `stored` is not looked at: false and 0.
 */
export interface StoredSharing {
  /** This device of this user shares the name. */
  readonly isShared: boolean;
  /** What the name stands for. */
  readonly present: StoredFile | undefined;
  /** The description of the content, whoever brought it. */
  readonly stored: { readonly size: number; readonly descriptionBytes: number } | undefined;
  /** Any group of the user has the content. */
  readonly isKnown: boolean;
  /** Files that the user shares. */
  readonly shareCount: number;
  /** Bytes of the stored descriptions that the user brought, and of all. */
  readonly userBytes: number;
  readonly totalBytes: number;
}

/** How far the history of a group goes, and how much of it is kept. */
export interface StoredHistory {
  readonly incarnation: string;
  /** Undefined before anything has happened in the group. */
  readonly head: HistoryHead | undefined;
  /** Up to here its entries are gone; undefined while all are kept. */
  readonly dropped: HistoryHead | undefined;
  /** Of the entries that are kept. */
  readonly bytes: number;
}

/** An account, with the figures that are kept of it. */
export interface StoredUser {
  readonly userId: string;
  readonly createdAtMs: number;
  /** Undefined while the account is not disabled; may be empty. */
  readonly disabledBecause: string | undefined;
  readonly hasPassword: boolean;
  /** That the user belongs to. */
  readonly groups: number;
  /** Shares, each device counting, and bytes of the descriptions of what is shared. */
  readonly files: number;
  readonly bytes: number;
}

/** Under what an answer is kept: by whom it was asked for, and in which of their places. */
export interface AnswerPlace {
  readonly owner: string;
  readonly place: number;
  readonly id: string;
}

/** What was answered to what. */
export interface KeptAnswer {
  /** A digest of it. */
  readonly request: string;
  /** JSON. */
  readonly text: string;
}

/** What was answered, for whoever asks for the same again. */
export interface StoredAnswer extends AnswerPlace, KeptAnswer {
  readonly keptAtMs: number;
}

/** How large a group is. */
export interface GroupSize {
  readonly members: number;
  /** Names. */
  readonly files: number;
  /** Of the descriptions of what the names stand for. */
  readonly bytes: number;
}

export interface SizedGroup extends StoredGroup, GroupSize {
  /** Of its owners the one who came first. */
  readonly ownerId: string;
  readonly createdAtMs: number;
}

/** Part of a list in ascending order of its key. */
export interface ListRange {
  /** The last key of the page before; absent for the first page. */
  readonly after: string | undefined;
  /** Most items to return. */
  readonly limit: number;
}

export interface StoreCounts {
  readonly users: number;
  readonly groups: number;
  readonly files: number;
  readonly shares: number;
  /** Bytes of all descriptions. */
  readonly descriptionBytes: number;
}
