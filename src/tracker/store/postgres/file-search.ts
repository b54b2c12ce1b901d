/**
 * The statements behind looking for files by what is in their names. Each name of a group has a place, the
 * higher the later it got its content, so a part of a group is a range of places.
 */
import { toListedFile, type ListedColumns } from '../statements/files.js';
import type { StoreTransaction } from '../store.js';
import type { Asker } from './connection.js';

const FIND_LAST_PLACE = 'SELECT max(place) AS place FROM files WHERE group_id = $1';

/** One value for each word, behind the numbered ones. */
function findStatement(wordCount: number): string {
  const words = Array.from(
    { length: wordCount },
    (_, n) => `AND strpos(coalesce(folded, name), $${n + 11}) > 0`,
  );
  return `
SELECT group_id, name, file_id, size, shared_at_ms, place,
  (SELECT user_id FROM shares WHERE shares.group_id = files.group_id AND shares.name = files.name
    ORDER BY seq LIMIT 1) AS sharer,
  (SELECT folder_files FROM descriptions WHERE descriptions.file_id = files.file_id) AS folder_files
FROM files
WHERE group_id = $1 AND place >= $2 AND place < $3 ${words.join(' ')}
  AND right(coalesce(folded, name), length($4::text)) = $4
  AND size BETWEEN $5 AND $6 AND shared_at_ms BETWEEN $7 AND $8
  AND ($9::boolean IS NULL OR ((SELECT folder_files FROM descriptions
    WHERE descriptions.file_id = files.file_id) IS NOT NULL) = $9)
ORDER BY place DESC LIMIT $10`;
}

interface FoundRow extends ListedColumns {
  readonly place: number;
}

/** Binds the statements to a session. */
export function searchStatements(asker: Asker): Pick<StoreTransaction, 'findMatches'> {
  return {
    async findMatches(groupId, below, { words, ending, kind, ...search }, most) {
      const last = await asker.query<{ place: number | null }>(FIND_LAST_PLACE, [groupId]);
      const end = Math.min(below ?? Infinity, (last.rows[0]?.place ?? 0) + 1);
      const start = Math.max(1, end - most.looked);
      const { minSize, maxSize, sinceMs, untilMs } = search;
      const isFolder = kind === undefined ? null : kind === 'folder';
      const { rows } = await asker.query<FoundRow>(findStatement(words.length), [
        ...[groupId, start, end, ending, minSize, maxSize, sinceMs, untilMs],
        ...[isFolder, most.found, ...words],
      ]);
      const found = rows.map((row) => ({ file: toListedFile(row), place: row.place }));
      const lowest = rows.length === most.found ? rows.at(-1)!.place : start;
      const looked = Math.max(0, end - lowest);
      return { found, looked, below: lowest > 1 ? lowest : undefined };
    },
  };
}
