/** Accounts, their devices and sessions. */
import type { QuotaUse } from '../quota.js';
import type { GroupMembership } from './groups.js';
import type { PeerAddress, PeerTransport } from './peers.js';

/** Who may make an account: everybody, whoever has an invite of the operator, nobody. */
export type Registration = 'open' | 'invite' | 'closed';

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
  /** Where else it is, as its operator says: the same identity at each. @default nowhere */
  readonly trackers?: readonly PeerAddress[];
  /** The groups of the user with their present epochs and the user's roles, first page. */
  readonly groups: readonly GroupMembership[];
  /** Hand this to `listMemberships` for the groups that did not fit; absent when all did. */
  readonly nextGroups?: string;
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

/** What the operator allows the user, and the user's groups, and how much of it is used. */
export interface QuotaReport {
  readonly user: QuotaUse;
  readonly groups: readonly (QuotaUse & { readonly groupId: string })[];
}
