/**
 * The statements behind what is asked most: where a group stands, who is in it, what it shares. They are
 * prepared once and run as they are; with Kysely, putting one together takes several times as long as running it.
 */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { Role } from '../../../net/roles.js';
import type { StoreTransaction } from '../store.js';
import type { ListedFile } from '../stored.js';
import { toListedFile, type ListedColumns } from '../statements/files.js';
import { toGroup } from '../statements/members.js';

type AskedOften = Pick<
  StoreTransaction,
  | ('findGroup' | 'findRole' | 'contentStanding' | 'hasContent')
  | ('findListedFile' | 'listFiles' | 'findDescription' | 'readDescription')
>;

const FIND_GROUP =
  'SELECT group_id, incarnation, epoch FROM groups WHERE group_id = ? AND is_ended = 0';

const FIND_ROLE = 'SELECT role FROM members WHERE user_id = ? AND group_id = ?';

const FIND_STANDING = `
SELECT CASE
  WHEN EXISTS (SELECT 1 FROM files WHERE file_id = ?1 AND group_id = ?2) THEN 'shared'
  WHEN EXISTS (SELECT 1 FROM former_versions WHERE file_id = ?1 AND group_id = ?2) THEN 'former'
END AS standing`;

/** The least number is found in an index; an order would be a sort for each row. */
const LISTED = `
SELECT files.name, files.file_id, files.size, files.shared_at_ms,
  first.user_id AS sharer, first.device_id AS sharer_device,
  (SELECT folder_files FROM descriptions WHERE descriptions.file_id = files.file_id) AS folder_files
FROM files LEFT JOIN shares AS first ON first.seq = (SELECT min(seq) FROM shares
  WHERE shares.group_id = files.group_id AND shares.name = files.name)
WHERE files.group_id = ?`;

const FIND_LISTED = `${LISTED} AND files.name = ?`;

/** No name is empty. */
const LIST = `${LISTED} AND files.name > ? ORDER BY files.name LIMIT ?`;

const FIND_DESCRIPTION = 'SELECT size, description_bytes FROM descriptions WHERE file_id = ?';

const READ_SLICE = 'SELECT bytes FROM description_slices WHERE file_id = ? AND slice_index = ?';

const NOTHING = new Uint8Array(0);

/** Binds the statements to a database; they run in whatever transaction that is in. */
export function askedOftenStatements(database: EmbeddedDatabase): AskedOften {
  const prepared = (sql: string) => preparedBy(database, sql);
  const [group, role, standing] = [FIND_GROUP, FIND_ROLE, FIND_STANDING].map(prepared) as Three;
  const [listed, list, description] = [FIND_LISTED, LIST, FIND_DESCRIPTION].map(prepared) as Three;
  const slice = prepared(READ_SLICE);
  const standingOf = (groupId: string, fileId: string): 'shared' | 'former' | undefined =>
    (standing.get(fileId, groupId) as { standing: 'shared' | 'former' | null }).standing ??
    undefined;
  return {
    async findGroup(groupId) {
      const row = group.get(groupId) as Parameters<typeof toGroup>[0] | undefined;
      return row && toGroup(row);
    },
    async findRole(groupId, userId) {
      return (role.get(userId, groupId) as { role: Role } | undefined)?.role;
    },
    contentStanding: async (groupId, fileId) => standingOf(groupId, fileId),
    hasContent: async (groupId, fileId) => standingOf(groupId, fileId) !== undefined,
    async findListedFile(groupId, name) {
      const row = listed.get(groupId, name) as Row | undefined;
      return row && inGroup(groupId, row);
    },
    async listFiles(groupId, { after = '', limit }) {
      return (list.all(groupId, after, limit) as Row[]).map((row) => inGroup(groupId, row));
    },
    async findDescription(fileId) {
      const row = description.get(fileId) as DescriptionRow | undefined;
      return row && { size: row.size, descriptionBytes: row.description_bytes };
    },
    async readDescription(fileId, offset) {
      const index = Math.floor(offset / DESCRIPTION_SLICE_BYTES);
      const row = slice.get(fileId, index) as { bytes: Uint8Array } | undefined;
      return row?.bytes.subarray(offset % DESCRIPTION_SLICE_BYTES) ?? NOTHING;
    },
  };
}

type Statement = ReturnType<EmbeddedDatabase['prepare']>;
type Three = [Statement, Statement, Statement];
type Row = Omit<ListedColumns, 'group_id'>;

interface DescriptionRow {
  readonly size: number;
  readonly description_bytes: number;
}

function inGroup(groupId: string, row: Row): ListedFile {
  return toListedFile({ ...row, group_id: groupId });
}
