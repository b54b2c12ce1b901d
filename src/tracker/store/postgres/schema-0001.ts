/**
 * The first schema of the PostgreSQL store: what the SQLite one holds, in the same columns. A schema that was released
 * is never edited; a change is a file of its own beside this one.
 *
 * Texts are compared byte by byte (COLLATE "C"), whatever the database does otherwise: pages of lists go by that.
 * `seq` columns tell who came first. What is counted is counted by statements, not by rows, because many rows go with
 * one statement; and figures of all lie in several rows each (TOTAL_SLOTS), one for each of a few sessions, so that
 * those who change them do not wait for each other.
 */
import { TOTAL_SLOTS } from '../../../net/limits.js';
import { COUNTING } from './schema-0001-counting.js';

const TABLES = `
CREATE DOMAIN plain_text AS TEXT COLLATE "C";

CREATE TABLE users (
  user_id plain_text PRIMARY KEY,
  skeleton plain_text UNIQUE,
  password_hash plain_text NOT NULL,
  key_device_id plain_text UNIQUE,
  disabled_because plain_text,
  share_count BIGINT NOT NULL DEFAULT 0,
  described_bytes BIGINT NOT NULL DEFAULT 0,
  description_bytes BIGINT NOT NULL DEFAULT 0,
  created_at_ms BIGINT NOT NULL
);
CREATE TABLE tokens (
  token_hash plain_text PRIMARY KEY,
  user_id plain_text NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id plain_text NOT NULL,
  expires_at_ms BIGINT NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id, device_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at_ms);
CREATE TABLE known_devices (
  user_id plain_text NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id plain_text NOT NULL,
  first_seen_at_ms BIGINT NOT NULL,
  seen_at_ms BIGINT NOT NULL,
  PRIMARY KEY (user_id, device_id)
);
CREATE INDEX known_devices_by_device ON known_devices (device_id);
CREATE TABLE invites (
  code_hash plain_text PRIMARY KEY,
  uses_left BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL
);
CREATE INDEX invites_by_expiry ON invites (expires_at_ms);
CREATE TABLE groups (
  group_id plain_text PRIMARY KEY,
  skeleton plain_text UNIQUE,
  creator_id plain_text NOT NULL REFERENCES users,
  incarnation plain_text NOT NULL,
  epoch BIGINT NOT NULL DEFAULT 1,
  member_count BIGINT NOT NULL DEFAULT 0,
  file_count BIGINT NOT NULL DEFAULT 0,
  description_bytes BIGINT NOT NULL DEFAULT 0,
  created_at_ms BIGINT NOT NULL
);
CREATE TABLE group_invites (
  invite_id plain_text PRIMARY KEY,
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  creator_id plain_text NOT NULL REFERENCES users ON DELETE CASCADE,
  role plain_text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'reader')),
  uses BIGINT NOT NULL,
  uses_left BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL
);
CREATE INDEX group_invites_by_group ON group_invites (group_id, invite_id);
CREATE INDEX group_invites_by_expiry ON group_invites (expires_at_ms);
CREATE TABLE quotas (
  kind plain_text NOT NULL,
  id plain_text NOT NULL,
  files BIGINT,
  bytes BIGINT,
  members BIGINT,
  PRIMARY KEY (kind, id)
);
CREATE TABLE members (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id plain_text NOT NULL REFERENCES users,
  role plain_text NOT NULL DEFAULT 'member'
    CHECK (role IN ('owner', 'admin', 'member', 'reader')),
  joined_at_ms BIGINT NOT NULL,
  UNIQUE (user_id, group_id)
);
CREATE INDEX members_by_group ON members (group_id, seq);
CREATE INDEX members_by_role ON members (group_id, role, seq);
CREATE TABLE bans (
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id plain_text NOT NULL REFERENCES users ON DELETE CASCADE,
  by_user_id plain_text NOT NULL,
  role plain_text,
  banned_at_ms BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX bans_by_user ON bans (user_id);
CREATE TABLE banned_devices (
  group_id plain_text NOT NULL,
  device_id plain_text NOT NULL,
  user_id plain_text NOT NULL,
  PRIMARY KEY (group_id, device_id, user_id),
  FOREIGN KEY (group_id, user_id) REFERENCES bans ON DELETE CASCADE
);
CREATE INDEX banned_devices_by_user ON banned_devices (group_id, user_id);
CREATE TABLE requests (
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id plain_text NOT NULL REFERENCES users ON DELETE CASCADE,
  asked_at_ms BIGINT NOT NULL,
  network plain_text NOT NULL,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX requests_by_user ON requests (user_id);
CREATE INDEX requests_by_network ON requests (group_id, network);
CREATE TABLE histories (
  group_id plain_text PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
  count BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  bytes BIGINT NOT NULL,
  dropped BIGINT NOT NULL DEFAULT 0,
  dropped_hash BYTEA
);
CREATE TABLE history (
  group_id plain_text NOT NULL REFERENCES histories ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  action plain_text NOT NULL,
  actor plain_text NOT NULL,
  subjects plain_text NOT NULL,
  hash BYTEA NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (group_id, seq)
);
CREATE TABLE descriptions (
  file_id plain_text PRIMARY KEY,
  size BIGINT NOT NULL,
  description_bytes BIGINT NOT NULL,
  folder_files BIGINT,
  owner_id plain_text NOT NULL REFERENCES users
);
CREATE TABLE description_slices (
  file_id plain_text NOT NULL REFERENCES descriptions ON DELETE CASCADE,
  slice_index BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (file_id, slice_index)
);
CREATE TABLE files (
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  name plain_text NOT NULL,
  file_id plain_text NOT NULL REFERENCES descriptions,
  size BIGINT NOT NULL,
  shared_at_ms BIGINT NOT NULL,
  place BIGINT NOT NULL,
  folded plain_text,
  PRIMARY KEY (group_id, name)
);
CREATE INDEX files_by_content ON files (file_id, group_id);
CREATE INDEX files_by_place ON files (group_id, place);
CREATE TABLE former_versions (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  name plain_text NOT NULL,
  file_id plain_text NOT NULL REFERENCES descriptions,
  replaced_at_ms BIGINT NOT NULL,
  UNIQUE (group_id, name, file_id)
);
CREATE INDEX former_versions_by_content ON former_versions (file_id, group_id);
CREATE INDEX former_versions_by_age ON former_versions (replaced_at_ms);
CREATE TABLE shares (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id plain_text NOT NULL,
  name plain_text NOT NULL,
  user_id plain_text NOT NULL,
  device_id plain_text NOT NULL,
  shared_at_ms BIGINT NOT NULL,
  UNIQUE (group_id, name, user_id, device_id),
  FOREIGN KEY (group_id, name) REFERENCES files ON DELETE CASCADE,
  FOREIGN KEY (user_id, group_id) REFERENCES members (user_id, group_id) ON DELETE CASCADE
);
CREATE INDEX shares_by_user ON shares (user_id, group_id);
CREATE INDEX shares_by_name ON shares (group_id, name, seq);
CREATE TABLE totals (
  name plain_text,
  slot BIGINT CHECK (slot BETWEEN 0 AND ${TOTAL_SLOTS - 1}),
  value BIGINT NOT NULL,
  PRIMARY KEY (name, slot)
);
`;

export const SCHEMA_0001 = `${TABLES}${COUNTING}`;
