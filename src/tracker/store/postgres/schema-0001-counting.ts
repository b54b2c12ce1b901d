/** The part of the first schema that keeps figures as rows come and go. */
import { TOTAL_SLOTS } from '../../../net/limits.js';

const ADD_TO_TOTAL = `
CREATE FUNCTION add_to_total(counted TEXT, more BIGINT) RETURNS void LANGUAGE sql AS $$
  INSERT INTO totals (name, slot, value)
    SELECT counted, pg_backend_pid() % ${TOTAL_SLOTS}, more WHERE more <> 0
  ON CONFLICT (name, slot) DO UPDATE SET value = totals.value + excluded.value
$$;
`;

/** The body sees the rows that came or went as \`changed\`. */
function onChange(table: string, event: 'INSERT' | 'DELETE', body: string): string {
  const [name, rows] = event === 'INSERT' ? [`${table}_added`, 'NEW'] : [`${table}_removed`, 'OLD'];
  return `
CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  ${body}
  RETURN NULL;
END $$;
CREATE TRIGGER ${name} AFTER ${event} ON ${table} REFERENCING ${rows} TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION ${name}();
`;
}

const signs = { INSERT: '+', DELETE: '-' } as const;

/** The same for rows that come, which add, and for those that go. */
function both(table: string, bodyOf: (sign: '+' | '-') => string): string {
  return (['INSERT', 'DELETE'] as const)
    .map((event) => onChange(table, event, bodyOf(signs[event])))
    .join('');
}

const total = (table: string, sign: string): string =>
  `PERFORM add_to_total('${table}', ${sign}(SELECT count(*) FROM changed));`;

const USERS = both('users', (sign) => total('users', sign));

const GROUPS = [
  onChange('groups', 'INSERT', total('groups', '+')),
  onChange(
    'groups',
    'DELETE',
    `${total('groups', '-')}
  DELETE FROM quotas WHERE kind = 'group' AND id IN (SELECT group_id FROM changed);`,
  ),
].join('');

const MEMBERS = both(
  'members',
  (sign) => `
  UPDATE groups SET member_count = member_count ${sign} part.n
    FROM (SELECT group_id, count(*) AS n FROM changed GROUP BY group_id) AS part
    WHERE groups.group_id = part.group_id;`,
);

/** A user's account is charged with what it brought as long as that is stored. */
const DESCRIPTIONS = both(
  'descriptions',
  (sign) => `
  UPDATE users SET description_bytes = users.description_bytes ${sign} part.bytes
    FROM (SELECT owner_id, sum(description_bytes) AS bytes FROM changed GROUP BY owner_id) AS part
    WHERE users.user_id = part.owner_id;
  PERFORM add_to_total('description_bytes',
    ${sign}(SELECT coalesce(sum(description_bytes), 0)::bigint FROM changed));`,
);

/** Descriptions stay until no name stands for them, so they are there when a name goes. */
const FILES = `${both(
  'files',
  (sign) => `
  UPDATE groups SET file_count = file_count ${sign} part.n,
      description_bytes = groups.description_bytes ${sign} part.bytes
    FROM (SELECT group_id, count(*) AS n, coalesce(sum(description_bytes), 0) AS bytes
      FROM changed LEFT JOIN descriptions USING (file_id) GROUP BY group_id) AS part
    WHERE groups.group_id = part.group_id;
  ${total('files', sign)}`,
)}
CREATE FUNCTION file_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE groups SET description_bytes = description_bytes
      + (SELECT description_bytes FROM descriptions WHERE file_id = NEW.file_id)
      - (SELECT description_bytes FROM descriptions WHERE file_id = OLD.file_id)
    WHERE group_id = NEW.group_id;
  RETURN NULL;
END $$;
CREATE TRIGGER file_replaced AFTER UPDATE OF file_id ON files FOR EACH ROW
  WHEN (OLD.file_id <> NEW.file_id) EXECUTE FUNCTION file_replaced();
`;

/** Shares go before the name for which they are does, or stands for something else. */
const SHARES = both(
  'shares',
  (sign) => `
  UPDATE users SET share_count = share_count ${sign} part.n,
      described_bytes = described_bytes ${sign} part.bytes
    FROM (SELECT user_id, count(*) AS n,
        coalesce(sum(descriptions.description_bytes), 0) AS bytes
      FROM changed LEFT JOIN files USING (group_id, name) LEFT JOIN descriptions USING (file_id)
      GROUP BY user_id) AS part
    WHERE users.user_id = part.user_id;
  ${total('shares', sign)}`,
);

export const COUNTING = [ADD_TO_TOTAL, USERS, GROUPS, MEMBERS, DESCRIPTIONS, FILES, SHARES].join(
  '',
);
