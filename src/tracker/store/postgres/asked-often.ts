/**
 * The statements behind what is asked most: where a group stands, who is in it, what it shares. They are
 * run as they are; with Kysely, putting one together takes longer than sending it.
 */
import { DESCRIPTION_SLICE_BYTES } from '../../../net/limits.js';
import type { Role } from '../../../net/roles.js';
import { toListedFile, type ListedColumns } from '../statements/files.js';
import { toGroup } from '../statements/members.js';
import type { StoreTransaction } from '../store.js';
import type { ListedFile } from '../stored.js';
import type { Asker } from './connection.js';

type AskedOften = Pick<
  StoreTransaction,
  | ('findGroup' | 'findRole' | 'contentStanding' | 'hasContent')
  | ('findListedFile' | 'listFiles' | 'findDescription' | 'readDescription')
>;

const FIND_GROUP =
  'SELECT group_id, incarnation, epoch FROM groups WHERE group_id = $1 AND is_ended = 0';

const FIND_ROLE = 'SELECT role FROM members WHERE user_id = $1 AND group_id = $2';

const FIND_STANDING = `
SELECT CASE
  WHEN EXISTS (SELECT 1 FROM files WHERE file_id = $1 AND group_id = $2) THEN 'shared'
  WHEN EXISTS (SELECT 1 FROM former_versions WHERE file_id = $1 AND group_id = $2) THEN 'former'
END AS standing`;

const LISTED = `
SELECT group_id, name, file_id, size, shared_at_ms,
  (SELECT user_id FROM shares WHERE shares.group_id = files.group_id AND shares.name = files.name
    ORDER BY seq LIMIT 1) AS sharer,
  (SELECT device_id FROM shares WHERE shares.group_id = files.group_id AND shares.name = files.name
    ORDER BY seq LIMIT 1) AS sharer_device,
  (SELECT folder_files FROM descriptions WHERE descriptions.file_id = files.file_id) AS folder_files
FROM files WHERE group_id = $1`;

const FIND_LISTED = `${LISTED} AND name = $2`;

/** No name is empty. */
const LIST = `${LISTED} AND name > $2 ORDER BY name LIMIT $3`;

const FIND_DESCRIPTION = 'SELECT size, description_bytes FROM descriptions WHERE file_id = $1';

const READ_SLICE = 'SELECT bytes FROM description_slices WHERE file_id = $1 AND slice_index = $2';

const NOTHING = new Uint8Array(0);

/** Binds the statements to a session; they run in whatever transaction that is in. */
export function askedOftenStatements(asker: Asker): AskedOften {
  const first = async <Row>(text: string, ...values: unknown[]): Promise<Row | undefined> =>
    (await asker.query<Row>(text, values)).rows[0];
  const standingOf = async (groupId: string, fileId: string) =>
    (await first<{ standing: 'shared' | 'former' | null }>(FIND_STANDING, fileId, groupId))
      ?.standing ?? undefined;
  return {
    async findGroup(groupId) {
      const row = await first<Parameters<typeof toGroup>[0]>(FIND_GROUP, groupId);
      return row && toGroup(row);
    },
    async findRole(groupId, userId) {
      return (await first<{ role: Role }>(FIND_ROLE, userId, groupId))?.role;
    },
    contentStanding: standingOf,
    hasContent: async (groupId, fileId) => (await standingOf(groupId, fileId)) !== undefined,
    async findListedFile(groupId, name) {
      const row = await first<ListedColumns>(FIND_LISTED, groupId, name);
      return row && toListedFile(row);
    },
    async listFiles(groupId, { after = '', limit }): Promise<ListedFile[]> {
      const { rows } = await asker.query<ListedColumns>(LIST, [groupId, after, limit]);
      return rows.map(toListedFile);
    },
    async findDescription(fileId) {
      const row = await first<{ size: number; description_bytes: number }>(
        FIND_DESCRIPTION,
        fileId,
      );
      return row && { size: row.size, descriptionBytes: row.description_bytes };
    },
    async readDescription(fileId, offset) {
      const index = Math.floor(offset / DESCRIPTION_SLICE_BYTES);
      const row = await first<{ bytes: Uint8Array }>(READ_SLICE, fileId, index);
      return row?.bytes.subarray(offset % DESCRIPTION_SLICE_BYTES) ?? NOTHING;
    },
  };
}
