/** Groups, and who is in them and as what. */
import type { HistoryEntry, SignedHead } from '../history.js';
import type { InvitedRole, Role } from '../roles.js';
import type { Page } from './pages.js';

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

/** How NOT_A_MEMBER begins for whoever has asked to join: a client has no better advice to give then. */
export const HAS_ASKED = 'you asked to join';
