/**
 * The tables of the tracker's database as Kysely sees them, whichever database it is. What each column means and
 * which keys hold them together stands where each of them makes its tables.
 */
import type { Generated } from 'kysely';
import type { InvitedRole, Role } from '../../../net/roles.js';

export interface Tables {
  users: {
    user_id: string;
    /** Null only in rows of before that look like an older one. */
    skeleton: string | null;
    /** Empty without a password. */
    password_hash: string;
    /** The device whose key opens the account. */
    key_device_id: string | null;
    /** Null while the account is not disabled. */
    disabled_because: string | null;
    share_count: Generated<number>;
    /** Of the descriptions of what the user shares, whoever brought them. */
    described_bytes: Generated<number>;
    description_bytes: Generated<number>;
    created_at_ms: number;
  };
  tokens: { token_hash: string; user_id: string; device_id: string; expires_at_ms: number };
  invites: { code_hash: string; uses_left: number; expires_at_ms: number };
  group_invites: {
    invite_id: string;
    group_id: string;
    creator_id: string;
    role: Generated<InvitedRole>;
    uses: number;
    uses_left: number;
    created_at_ms: number;
    expires_at_ms: number;
  };
  known_devices: {
    user_id: string;
    device_id: string;
    first_seen_at_ms: number;
    seen_at_ms: number;
  };
  groups: {
    group_id: string;
    skeleton: string | null;
    /** Who made it; gives no right. Of groups of before: who owned it when roles came. */
    creator_id: string;
    incarnation: string;
    epoch: Generated<number>;
    member_count: Generated<number>;
    file_count: Generated<number>;
    description_bytes: Generated<number>;
    /** 1 once it is nobody's any more, and the rest of its rows is to be removed. */
    is_ended: Generated<number>;
    created_at_ms: number;
  };
  /** Removals whose last part is to be done: of a member's shares, or of a group. */
  pending_removals: {
    group_id: string;
    /** Empty for the whole group. */
    user_id: string;
  };
  /** Contents that a removal took the last name of, as a list in JSON; those that nothing uses are to be dropped. */
  unused_contents: { seq: Generated<number>; file_ids: string };
  /** Null: the default holds; `NO_BOUND`: none, whatever the default is. */
  quotas: {
    kind: string;
    /** Empty for the default. */
    id: string;
    files: number | null;
    bytes: number | null;
    members: number | null;
  };
  members: {
    seq: Generated<number>;
    group_id: string;
    user_id: string;
    role: Generated<Role>;
    joined_at_ms: number;
  };
  bans: {
    group_id: string;
    user_id: string;
    by_user_id: string;
    /** Null of one who was not in the group. */
    role: Role | null;
    banned_at_ms: number;
  };
  /** Those on which the banned were then. */
  banned_devices: { group_id: string; device_id: string; user_id: string };
  requests: { group_id: string; user_id: string; asked_at_ms: number; network: string };
  history: { group_id: string; seq: number };
  /** What was answered to calls with a key. */
  kept_answers: {
    owner: string;
    place: number;
    id: string;
    request: string;
    answer: string;
    kept_at_ms: number;
  };
  descriptions: {
    file_id: string;
    size: number;
    description_bytes: number;
    /** Null of a file. */
    folder_files: number | null;
  };
  /** Who brought it; such as were stored before this was noted have nobody. SQLite alone has this table. */
  description_owners: { file_id: string; user_id: string };
  /** A figure may stand in several rows, which are added. */
  totals: { name: string; value: number };
  description_slices: { file_id: string; slice_index: number; bytes: Uint8Array };
  files: {
    group_id: string;
    name: string;
    file_id: string;
    size: number;
    /** When the name got this content. */
    shared_at_ms: number;
    /** Which of the names of the group got its content last: the higher the later. */
    place: number;
    /** The form of the name in which it is searched; null when that is the name itself. */
    folded: string | null;
  };
  /** What names stood for; `seq` tells which of them came last. */
  former_versions: {
    seq: Generated<number>;
    group_id: string;
    name: string;
    file_id: string;
    replaced_at_ms: number;
  };
  shares: {
    seq: Generated<number>;
    group_id: string;
    name: string;
    user_id: string;
    device_id: string;
    shared_at_ms: number;
  };
}
