/**
 * The statements behind looking for files by what is in their names. Each name of a group has a place, the
 * higher the later it got its content, and an index holds all that a search looks at in their order. So a
 * part of a group is a range of places, of which no row of the table is read but of what was found.
 * Words are looked for with `instr`: LIKE, which is faster in most names, takes the product of the lengths of
 * name and word where a name holds the beginning of a word again and again.
 */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { MAX_SEARCH_WORDS } from '../../../net/limits.js';
import type { StoreTransaction } from '../store.js';
import { toListedFile, type ListedColumns } from '../statements/files.js';

const FIND_LAST_PLACE = 'SELECT max(place) AS place FROM files WHERE group_id = ?';

/** One `?` for each word, behind the numbered ones. */
function findStatement(wordCount: number): string {
  const words = Array.from(
    { length: wordCount },
    (_, n) => `AND instr(coalesce(folded, name), ?${n + 11}) > 0`,
  );
  return `
SELECT group_id, name, file_id, size, shared_at_ms, place,
  (SELECT user_id FROM shares WHERE shares.group_id = files.group_id AND shares.name = files.name
    ORDER BY seq LIMIT 1) AS sharer,
  (SELECT folder_files FROM descriptions WHERE descriptions.file_id = files.file_id) AS folder_files
FROM files INDEXED BY files_by_place
WHERE group_id = ?1 AND place >= ?2 AND place < ?3 ${words.join(' ')}
  AND (?4 = '' OR substr(coalesce(folded, name), -length(?4)) = ?4)
  AND size BETWEEN ?5 AND ?6 AND shared_at_ms BETWEEN ?7 AND ?8
  AND (?9 IS NULL OR ((SELECT folder_files FROM descriptions
    WHERE descriptions.file_id = files.file_id) IS NOT NULL) = ?9)
ORDER BY place DESC LIMIT ?10`;
}

interface FoundRow extends ListedColumns {
  readonly place: number;
}

/** Binds the statements to a database. */
export function searchStatements(
  database: EmbeddedDatabase,
): Pick<StoreTransaction, 'findMatches'> {
  const findLastPlace = preparedBy(database, FIND_LAST_PLACE);
  const find = Array.from({ length: MAX_SEARCH_WORDS + 1 }, (_, wordCount) =>
    preparedBy(database, findStatement(wordCount)),
  );
  return {
    async findMatches(groupId, below, { words, ending, kind, ...search }, most) {
      const last = findLastPlace.get(groupId) as { place: number | null };
      const end = Math.min(below ?? Infinity, (last.place ?? 0) + 1);
      const start = Math.max(1, end - most.looked);
      const { minSize, maxSize, sinceMs, untilMs } = search;
      const isFolder = kind === undefined ? null : Number(kind === 'folder');
      const rows = find[words.length]!.all(
        ...[groupId, start, end, ending, minSize, maxSize, sinceMs, untilMs],
        ...[isFolder, most.found, ...words],
      ) as unknown as readonly FoundRow[];
      const found = rows.map((row) => ({ file: toListedFile(row), place: row.place }));
      const isFull = rows.length === most.found;
      const lowest = isFull ? rows.at(-1)!.place : start;
      const looked = Math.max(0, end - lowest);
      return { found, looked, below: lowest > 1 ? lowest : undefined };
    },
  };
}
