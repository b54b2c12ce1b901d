/**
 * The schema of the tracker's database as numbered steps, and the one function that brings a
 * database to the newest of them. A step that was released is never edited; a change is a new
 * step. `schema_version` holds the number of the last step that was applied.
 */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { StorageError } from '../../../net/errors.js';
import { fillFolded } from './fill-folded.js';
import { fillSkeletons, type LookAlikes } from './fill-skeletons.js';
import { STEP_19 } from './schema-0019.js';

/** Step 1: `seq` columns tell who came first; descriptions lie in slices of one answer each. */
const STEP_1 = `
CREATE TABLE users (
  user_id TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  share_count INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id, device_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at_ms);
CREATE TABLE groups (
  group_id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES users,
  epoch INTEGER NOT NULL DEFAULT 1,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE members (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users,
  joined_at_ms INTEGER NOT NULL,
  UNIQUE (user_id, group_id)
) STRICT;
CREATE INDEX members_by_group ON members (group_id, seq);
CREATE TABLE requests (
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  asked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_user ON requests (user_id);
CREATE TABLE descriptions (
  file_id TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  description_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE description_slices (
  file_id TEXT NOT NULL REFERENCES descriptions ON DELETE CASCADE,
  slice_index INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (file_id, slice_index)
) STRICT;
CREATE TABLE files (
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  name TEXT NOT NULL,
  file_id TEXT NOT NULL REFERENCES descriptions,
  size INTEGER NOT NULL,
  PRIMARY KEY (group_id, name)
) STRICT;
CREATE INDEX files_by_content ON files (file_id, group_id);
CREATE TABLE shares (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  shared_at_ms INTEGER NOT NULL,
  UNIQUE (group_id, name, user_id, device_id),
  FOREIGN KEY (group_id, name) REFERENCES files ON DELETE CASCADE,
  FOREIGN KEY (user_id, group_id) REFERENCES members (user_id, group_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX shares_by_user ON shares (user_id, group_id);
CREATE TRIGGER share_counted AFTER INSERT ON shares BEGIN
  UPDATE users SET share_count = share_count + 1 WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER share_uncounted AFTER DELETE ON shares BEGIN
  UPDATE users SET share_count = share_count - 1 WHERE user_id = OLD.user_id;
END;
`;

/** Step 2: which devices have logged in to an account before; those with a login have (it lives 90 days). */
const STEP_2 = `
CREATE TABLE known_devices (
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  device_id TEXT NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, device_id)
) STRICT, WITHOUT ROWID;
INSERT INTO known_devices
  SELECT user_id, device_id, max(expires_at_ms) - 7776000000 FROM tokens
  WHERE device_id <> '' GROUP BY user_id, device_id;
`;

/** Step 3: figures that are kept as rows come and go, because counting them takes too long. */
const COUNTED = ['users', 'groups', 'files', 'shares'];
const STEP_3 = `
CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
${COUNTED.map(
  (table) => `
INSERT INTO totals SELECT '${table}', count(*) FROM ${table};
CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} BEGIN
  UPDATE totals SET value = value + 1 WHERE name = '${table}';
END;
CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table} BEGIN
  UPDATE totals SET value = value - 1 WHERE name = '${table}';
END;`,
).join('')}
INSERT INTO totals SELECT 'description_bytes', coalesce(sum(description_bytes), 0) FROM descriptions;
CREATE TRIGGER description_added AFTER INSERT ON descriptions BEGIN
  UPDATE totals SET value = value + NEW.description_bytes WHERE name = 'description_bytes';
END;
CREATE TRIGGER description_removed AFTER DELETE ON descriptions BEGIN
  UPDATE totals SET value = value - OLD.description_bytes WHERE name = 'description_bytes';
END;
`;

/** Step 4: who brought a description; it is taken off the user's account when it goes. */
const STEP_4 = `
DELETE FROM descriptions WHERE file_id NOT IN (SELECT file_id FROM files);
ALTER TABLE users ADD COLUMN description_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE description_owners (
  file_id TEXT PRIMARY KEY REFERENCES descriptions ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users
) STRICT, WITHOUT ROWID;
CREATE TRIGGER description_owned AFTER INSERT ON description_owners BEGIN
  UPDATE users SET description_bytes = description_bytes +
    (SELECT description_bytes FROM descriptions WHERE file_id = NEW.file_id)
  WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER description_disowned BEFORE DELETE ON descriptions BEGIN
  UPDATE users SET description_bytes = description_bytes - OLD.description_bytes
  WHERE user_id = (SELECT user_id FROM description_owners WHERE file_id = OLD.file_id);
END;
`;

/** Step 5: from which network a request to join came; empty for those of before. */
const STEP_5 = `
ALTER TABLE requests ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX requests_by_network ON requests (group_id, network);
`;

/** Step 6: groups of before get an incarnation too; the default only satisfies NOT NULL. */
const STEP_6 = `
ALTER TABLE groups ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';
UPDATE groups SET incarnation = lower(hex(randomblob(8)));
`;

/** Step 7: when a device was seen first; of those of before, that is when it was seen last. */
const STEP_7 = `
ALTER TABLE known_devices ADD COLUMN first_seen_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE known_devices SET first_seen_at_ms = seen_at_ms;
`;

/** Step 8: what ids look like; no two that are made from now on look alike. */
const STEP_8 = `
ALTER TABLE users ADD COLUMN skeleton TEXT;
ALTER TABLE groups ADD COLUMN skeleton TEXT;
CREATE UNIQUE INDEX users_by_skeleton ON users (skeleton);
CREATE UNIQUE INDEX groups_by_skeleton ON groups (skeleton);
`;

/** Step 9: invites that were used; one without uses stays until it is too old to be taken in again. */
const STEP_9 = `
CREATE TABLE invites (
  code_hash TEXT PRIMARY KEY,
  uses_left INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
`;

/** Step 10: when a name got its content, and what it stood for before. */
const STEP_10 = `
ALTER TABLE files ADD COLUMN shared_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE files SET shared_at_ms = coalesce((SELECT min(shared_at_ms) FROM shares
  WHERE shares.group_id = files.group_id AND shares.name = files.name), 0);
CREATE TABLE former_versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  name TEXT NOT NULL,
  file_id TEXT NOT NULL REFERENCES descriptions,
  replaced_at_ms INTEGER NOT NULL,
  UNIQUE (group_id, name, file_id)
) STRICT;
CREATE INDEX former_versions_by_content ON former_versions (file_id, group_id);
CREATE INDEX former_versions_by_age ON former_versions (replaced_at_ms);
`;

/** Step 11: how many files a folder has. */
const STEP_11 = 'ALTER TABLE descriptions ADD COLUMN folder_files INTEGER;';

/** Step 12: ways into groups; accounts that the key of a device opens. */
const STEP_12 = `
ALTER TABLE users ADD COLUMN key_device_id TEXT;
CREATE UNIQUE INDEX users_by_key_device ON users (key_device_id);
CREATE TABLE group_invites (
  invite_id TEXT PRIMARY KEY,
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  creator_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  uses INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX group_invites_by_group ON group_invites (group_id, invite_id);
CREATE INDEX group_invites_by_expiry ON group_invites (expires_at_ms);
`;

/** Step 13: what has happened in each group, from now on. */
const STEP_13 = `
CREATE TABLE histories (
  group_id TEXT PRIMARY KEY REFERENCES groups ON DELETE CASCADE,
  count INTEGER NOT NULL,
  hash BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0,
  dropped_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE history (
  group_id TEXT NOT NULL REFERENCES histories ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  subjects TEXT NOT NULL,
  hash BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (group_id, seq)
) STRICT, WITHOUT ROWID;
`;

/** Step 14: accounts that are disabled; quotas, and what a group uses of them. */
const STEP_14 = `
ALTER TABLE users ADD COLUMN disabled_because TEXT;
ALTER TABLE users ADD COLUMN described_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE users SET described_bytes = (SELECT coalesce(sum(descriptions.description_bytes), 0)
  FROM shares JOIN files USING (group_id, name) JOIN descriptions USING (file_id)
  WHERE shares.user_id = users.user_id);
CREATE TRIGGER share_described AFTER INSERT ON shares BEGIN
  UPDATE users SET described_bytes = described_bytes +
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = NEW.group_id AND name = NEW.name)
  WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER share_undescribed BEFORE DELETE ON shares BEGIN
  UPDATE users SET described_bytes = described_bytes -
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = OLD.group_id AND name = OLD.name)
  WHERE user_id = OLD.user_id;
END;
CREATE TABLE quotas (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  files INTEGER,
  bytes INTEGER,
  members INTEGER,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER quota_forgotten AFTER DELETE ON groups BEGIN
  DELETE FROM quotas WHERE kind = 'group' AND id = OLD.group_id;
END;
ALTER TABLE groups ADD COLUMN member_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN file_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN description_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE groups SET
  member_count = (SELECT count(*) FROM members WHERE members.group_id = groups.group_id),
  file_count = (SELECT count(*) FROM files WHERE files.group_id = groups.group_id),
  description_bytes = (SELECT coalesce(sum(descriptions.description_bytes), 0)
    FROM files JOIN descriptions USING (file_id) WHERE files.group_id = groups.group_id);
CREATE TRIGGER group_member_counted AFTER INSERT ON members BEGIN
  UPDATE groups SET member_count = member_count + 1 WHERE group_id = NEW.group_id;
END;
CREATE TRIGGER group_member_uncounted AFTER DELETE ON members BEGIN
  UPDATE groups SET member_count = member_count - 1 WHERE group_id = OLD.group_id;
END;
CREATE TRIGGER group_file_counted AFTER INSERT ON files BEGIN
  UPDATE groups SET file_count = file_count + 1, description_bytes = description_bytes +
    (SELECT description_bytes FROM descriptions WHERE file_id = NEW.file_id)
  WHERE group_id = NEW.group_id;
END;
CREATE TRIGGER group_file_uncounted AFTER DELETE ON files BEGIN
  UPDATE groups SET file_count = file_count - 1, description_bytes = description_bytes -
    (SELECT description_bytes FROM descriptions WHERE file_id = OLD.file_id)
  WHERE group_id = OLD.group_id;
END;
CREATE TRIGGER group_file_replaced AFTER UPDATE OF file_id ON files BEGIN
  UPDATE groups SET description_bytes = description_bytes +
    (SELECT description_bytes FROM descriptions WHERE file_id = NEW.file_id) -
    (SELECT description_bytes FROM descriptions WHERE file_id = OLD.file_id)
  WHERE group_id = NEW.group_id;
END;
`;

/**
 * Step 15: roles, and who is banned. The right of an owner follows from the role alone; who owned a group
 * until now stays noted as who made it, because SQLite drops no column that refers to another table.
 */
const STEP_15 = `
ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
  CHECK (role IN ('owner', 'admin', 'member', 'reader'));
UPDATE members SET role = 'owner'
  WHERE user_id = (SELECT owner_id FROM groups WHERE groups.group_id = members.group_id);
CREATE INDEX members_by_role ON members (group_id, role, seq);
ALTER TABLE groups RENAME COLUMN owner_id TO creator_id;
ALTER TABLE group_invites ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
  CHECK (role IN ('member', 'reader'));
CREATE TABLE bans (
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  by_user_id TEXT NOT NULL,
  role TEXT,
  banned_at_ms INTEGER NOT NULL,
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bans_by_user ON bans (user_id);
CREATE TABLE banned_devices (
  group_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (group_id, device_id, user_id),
  FOREIGN KEY (group_id, user_id) REFERENCES bans ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX banned_devices_by_user ON banned_devices (group_id, user_id);
CREATE INDEX known_devices_by_device ON known_devices (device_id);
`;

/** Step 16: which name of a group got its content last, and the forms of names that are searched. */
const STEP_16 = `
ALTER TABLE files ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN folded TEXT;
UPDATE files SET place = numbered.place FROM (
  SELECT rowid AS row, row_number() OVER (PARTITION BY group_id ORDER BY shared_at_ms, rowid) AS place
  FROM files) AS numbered
WHERE files.rowid = numbered.row;
CREATE INDEX files_by_place ON files (group_id, place, name, folded, size, shared_at_ms);
`;

/** Step 17: what was answered to calls with a key, for whoever asks again. */
const STEP_17 = `
CREATE TABLE kept_answers (
  owner TEXT NOT NULL,
  place INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL,
  answer TEXT NOT NULL,
  kept_at_ms INTEGER NOT NULL,
  PRIMARY KEY (owner, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answers_by_age ON kept_answers (kept_at_ms);
`;

/**
 * Step 18: what is left of a removal, to be removed in further turns. A share may outlive the membership that it is of,
 * and SQLite drops no foreign key, so the table is made anew; its triggers are those of before.
 */
const STEP_18 = `
CREATE TABLE pending_removals (
  group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_removals_by_user ON pending_removals (user_id);
ALTER TABLE groups ADD COLUMN is_ended INTEGER NOT NULL DEFAULT 0;
CREATE TABLE shares_anew (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  shared_at_ms INTEGER NOT NULL,
  UNIQUE (group_id, name, user_id, device_id),
  FOREIGN KEY (group_id, name) REFERENCES files ON DELETE CASCADE
) STRICT;
INSERT INTO shares_anew SELECT seq, group_id, name, user_id, device_id, shared_at_ms FROM shares;
DROP TABLE shares;
ALTER TABLE shares_anew RENAME TO shares;
CREATE INDEX shares_by_user ON shares (user_id, group_id);
CREATE TRIGGER share_counted AFTER INSERT ON shares BEGIN
  UPDATE users SET share_count = share_count + 1 WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER share_uncounted AFTER DELETE ON shares BEGIN
  UPDATE users SET share_count = share_count - 1 WHERE user_id = OLD.user_id;
END;
CREATE TRIGGER shares_added AFTER INSERT ON shares BEGIN
  UPDATE totals SET value = value + 1 WHERE name = 'shares';
END;
CREATE TRIGGER shares_removed AFTER DELETE ON shares BEGIN
  UPDATE totals SET value = value - 1 WHERE name = 'shares';
END;
CREATE TRIGGER share_described AFTER INSERT ON shares BEGIN
  UPDATE users SET described_bytes = described_bytes +
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = NEW.group_id AND name = NEW.name)
  WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER share_undescribed BEFORE DELETE ON shares BEGIN
  UPDATE users SET described_bytes = described_bytes -
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = OLD.group_id AND name = OLD.name)
  WHERE user_id = OLD.user_id;
END;
`;

const STEPS = [
  ...[STEP_1, STEP_2, STEP_3, STEP_4, STEP_5, STEP_6],
  ...[STEP_7, STEP_8, STEP_9, STEP_10, STEP_11, STEP_12],
  ...[STEP_13, STEP_14, STEP_15, STEP_16, STEP_17, STEP_18],
  STEP_19,
];

/** Step n takes a database from version n - 1 to n. */
export const schemaSteps: readonly string[] = STEPS;

/** Up to here a database can be moved up. */
export const KNOWN_SCHEMA = STEPS.length;

/** What SQL alone cannot do, right behind its step. */
const FILLS: Readonly<Record<number, typeof fillSkeletons>> = {
  8: fillSkeletons,
  16: fillFolded,
};

/** The number of the last step that was applied. @throws an error of which `databaseFlaw` says damaged where none was */
export function schemaVersion(database: EmbeddedDatabase): number {
  const statement = preparedBy(database, 'SELECT max(version) AS version FROM schema_version');
  return (statement.get() as { version: number | null }).version ?? 0;
}

/**
 * Applies the steps that this database lacks, each in a transaction of its own; `last` is for tests
 * that want a database of before.
 * @throws StorageError IO_ERROR when the database was written by a newer tracker.
 */
export function migrate(
  database: EmbeddedDatabase,
  onLookAlikes: (found: LookAlikes) => void = () => undefined,
  last = STEPS.length,
): void {
  database.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT');
  const present = schemaVersion(database);
  if (present > KNOWN_SCHEMA) {
    throw new StorageError(
      'IO_ERROR',
      `the data folder was written by a newer version of the tracker (schema ${present}, this one knows ${KNOWN_SCHEMA}) and cannot go back; update this one, or restore a backup of before into another folder`,
    );
  }
  STEPS.slice(present, last).forEach((step, index) => {
    const version = present + index + 1;
    database.exec(`BEGIN IMMEDIATE; ${step}`);
    FILLS[version]?.(database, onLookAlikes);
    database.exec(`INSERT INTO schema_version VALUES (${version}); COMMIT`);
  });
}
