/** What has become of a group's files between two looks at its list. Pure. */
import type { FileRow } from '../../net/tracker-api.js';
import type { GroupFileEvent } from '../api/detail-events.js';

/** The files of a group as they were seen last: the id of each content, by name. */
export type SeenFiles = ReadonlyMap<string, string>;

export function seenFiles(rows: readonly FileRow[]): SeenFiles {
  return new Map(rows.map(({ name, fileId }) => [name, fileId]));
}

/** What went first, then what came, in the order of the list. */
export function fileChanges(
  groupId: string,
  before: SeenFiles,
  rows: readonly FileRow[],
): GroupFileEvent[] {
  const now = seenFiles(rows);
  const changes: GroupFileEvent[] = [];
  for (const [fileName, fileId] of before)
    if (!now.has(fileName)) changes.push({ type: 'file-removed', groupId, fileName, fileId });
  for (const { name: fileName, fileId, size, sharer } of rows) {
    const was = before.get(fileName);
    if (was === fileId) continue;
    const type = was === undefined ? 'file-added' : 'file-replaced';
    changes.push({ type, groupId, fileName, fileId, size, sharer });
  }
  return changes;
}
