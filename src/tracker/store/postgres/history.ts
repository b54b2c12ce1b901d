/** The statements behind the histories of groups, with each change one: they are run as they are. */
import { entryOf, historyOf, type EntryRow, type HistoryRow } from '../statements/history-rows.js';
import type { StoreTransaction } from '../store.js';
import type { Change } from './behind.js';
import type { Asker } from './connection.js';

type HistoryStatements = Pick<
  StoreTransaction,
  'findHistory' | 'addHistoryEntry' | 'dropHistory' | 'listHistory'
>;

const FIND = `
SELECT incarnation, count, hash, bytes, dropped, dropped_hash
FROM groups LEFT JOIN histories USING (group_id) WHERE group_id = $1 AND is_ended = 0`;

/** The head and the entry together: that entries refer to it is looked at when the statement ends. */
const ADD = `
WITH head AS (
  INSERT INTO histories (group_id, count, hash, bytes) VALUES ($1, $2, $7, $8)
  ON CONFLICT (group_id) DO UPDATE SET count = excluded.count, hash = excluded.hash,
    bytes = histories.bytes + excluded.bytes)
INSERT INTO history (group_id, seq, at_ms, action, actor, subjects, hash, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

const DROP = `
WITH last AS (
  SELECT seq, hash FROM history WHERE group_id = $1 AND seq <= (
    SELECT least(dropped + $2, count - 1) FROM histories WHERE group_id = $1)
  ORDER BY seq DESC LIMIT 1),
gone AS (
  DELETE FROM history USING last WHERE group_id = $1 AND history.seq <= last.seq
  RETURNING history.bytes)
UPDATE histories SET dropped = last.seq, dropped_hash = last.hash,
  bytes = histories.bytes - (SELECT coalesce(sum(gone.bytes), 0) FROM gone)
FROM last WHERE group_id = $1`;

/** As many as fit, and the first one with which they do not: the others do not leave the server. */
const LIST = `
SELECT seq, at_ms, action, actor, subjects, hash FROM (
  SELECT *, sum(bytes) OVER (ORDER BY seq) - bytes AS bytes_before
  FROM (SELECT * FROM history WHERE group_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS part) AS summed
WHERE bytes_before <= $4 ORDER BY seq`;

/** Binds the statements to a session; they run in whatever transaction that is in. */
export function historyStatements(asker: Asker, change: Change): HistoryStatements {
  return {
    async findHistory(groupId) {
      const { rows } = await asker.query<HistoryRow>(FIND, [groupId]);
      const [row] = rows;
      return row && historyOf(row);
    },
    async addHistoryEntry(groupId, { seq, atMs, action, actor, ...entry }, bytes) {
      const hash = Buffer.from(entry.hash, 'hex');
      const subjects = JSON.stringify(entry.subjects);
      await change(ADD, [groupId, seq, atMs, action, actor, subjects, hash, bytes]);
    },
    async dropHistory(groupId, count) {
      await change(DROP, [groupId, count]);
    },
    async listHistory(groupId, afterSeq, most) {
      const bytes = Math.min(most.bytes, Number.MAX_SAFE_INTEGER);
      const values = [groupId, afterSeq, most.entries, bytes];
      return (await asker.query<Omit<EntryRow, 'bytes'>>(LIST, values)).rows.map(entryOf);
    },
  };
}
