/**
 * The statements behind the histories of groups. They are prepared once and run as they are: with each
 * change there is an entry, and Kysely takes longer to put a statement together than this one to run.
 */
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import type { HistoryEntry } from '../../../net/history.js';
import { entryOf, historyOf, type EntryRow, type HistoryRow } from '../statements/history-rows.js';
import type { StoreTransaction } from '../store.js';

type HistoryStatements = Pick<
  StoreTransaction,
  'findHistory' | 'addHistoryEntry' | 'dropHistory' | 'listHistory'
>;

const FIND = `
SELECT incarnation, count, hash, bytes, dropped, dropped_hash
FROM groups LEFT JOIN histories USING (group_id) WHERE group_id = ? AND is_ended = 0`;

const MOVE_HEAD = `
INSERT INTO histories (group_id, count, hash, bytes) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET count = ?2, hash = ?3, bytes = bytes + ?4`;

const ADD = `
INSERT INTO history (group_id, seq, at_ms, action, actor, subjects, hash, bytes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

const FIND_LAST_DROPPED = `
SELECT seq, hash FROM history WHERE group_id = ?1 AND seq <= (
  SELECT min(dropped + ?2, count - 1) FROM histories WHERE group_id = ?1)
ORDER BY seq DESC LIMIT 1`;

const MOVE_BEGINNING = `
UPDATE histories SET dropped = ?2, dropped_hash = ?3,
  bytes = bytes - (SELECT coalesce(sum(bytes), 0) FROM history WHERE group_id = ?1 AND seq <= ?2)
WHERE group_id = ?1`;

const DROP = 'DELETE FROM history WHERE group_id = ? AND seq <= ?';

/** A number that JavaScript does not have would be an error of the whole list. */
const LIST = `
SELECT seq, CASE WHEN at_ms BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} THEN at_ms ELSE -1 END AS at_ms,
  action, actor, subjects, hash, bytes
FROM history WHERE group_id = ? AND seq > ? AND seq <= ${Number.MAX_SAFE_INTEGER} ORDER BY seq LIMIT ?`;

/** Binds the statements to a database; they run in whatever transaction it is in. */
export function historyStatements(database: EmbeddedDatabase): HistoryStatements {
  const prepare = (sql: string) => preparedBy(database, sql);
  const [find, moveHead, add] = [prepare(FIND), prepare(MOVE_HEAD), prepare(ADD)];
  const [findLastDropped, moveBeginning] = [prepare(FIND_LAST_DROPPED), prepare(MOVE_BEGINNING)];
  const [drop, list] = [prepare(DROP), prepare(LIST)];
  return {
    async findHistory(groupId) {
      const row = find.get(groupId) as HistoryRow | undefined;
      return row && historyOf(row);
    },
    async addHistoryEntry(groupId, { seq, atMs, action, actor, ...entry }, bytes) {
      const hash = Buffer.from(entry.hash, 'hex');
      // The head first: entries refer to it.
      moveHead.run(groupId, seq, hash, bytes);
      const subjects = JSON.stringify(entry.subjects);
      add.run(groupId, seq, atMs, action, actor, subjects, hash, bytes);
    },
    async dropHistory(groupId, count) {
      const last = findLastDropped.get(groupId, count) as EntryRow | undefined;
      if (!last) return;
      moveBeginning.run(groupId, last.seq, last.hash);
      drop.run(groupId, last.seq);
    },
    async listHistory(groupId, afterSeq, most) {
      const entries: HistoryEntry[] = [];
      let bytes = 0;
      // Row by row: what is not wanted is not read, either.
      for (const one of list.iterate(groupId, afterSeq, most.entries) as Iterable<unknown>) {
        const row = one as EntryRow;
        entries.push(entryOf(row));
        if ((bytes += row.bytes) > most.bytes) break;
      }
      return entries;
    },
  };
}
