/** A file of a group as programs get it: one form for whatever lists files. */
import type { FileRow } from '../../net/tracker-api.js';

/** A folder says how many files it has. */
export function fileRecord(row: FileRow) {
  const { name: fileName, partly = 0, files: fileCount, size, sources, sharer, fileId } = row;
  const { sharedAtMs } = row;
  return { fileName, size, sources, partly, sharer, fileId, sharedAtMs, fileCount };
}
