/**
 * Looks at a tracker's database from beside the tracker, which may run meanwhile: as SQLite reads it, the figures
 * that are kept in it, and whether the history of each group leads from entry to entry. Changes nothing.
 */
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { firstHead, hashEntry, type HistoryHead } from '../../../net/history.js';
import { MAX_FLAWS_TOLD } from '../../../net/limits.js';
import type { Flaw } from '../../../net/tracker-upkeep.js';
import { entryOf, type EntryRow } from '../statements/history-rows.js';
import { KNOWN_SCHEMA, schemaVersion } from './migrations.js';
import { readingDatabase } from './snapshot.js';

/** Figures are kept since this step, histories since that one. */
const FIRST_SCHEMA_WITH_TOTALS = 3;
const FIRST_SCHEMA_WITH_HISTORY = 13;

const TOTALS = `
SELECT name, value, CASE name
  WHEN 'users' THEN (SELECT count(*) FROM users)
  WHEN 'groups' THEN (SELECT count(*) FROM groups)
  WHEN 'files' THEN (SELECT count(*) FROM files)
  WHEN 'shares' THEN (SELECT count(*) FROM shares)
  WHEN 'description_bytes' THEN (SELECT coalesce(sum(description_bytes), 0) FROM descriptions)
END AS counted FROM totals`;

const HISTORIES = `
SELECT group_id, incarnation, count, histories.hash, dropped, dropped_hash
FROM histories JOIN groups USING (group_id) ORDER BY group_id`;

const ENTRIES = 'SELECT * FROM history WHERE group_id = ? ORDER BY seq';

export interface Inspection {
  /** Undefined when nothing can be read. */
  readonly schema: number | undefined;
  readonly histories: number;
  readonly entries: number;
  /** MAX_FLAWS_TOLD of each kind at most. */
  readonly flaws: readonly Flaw[];
}

/** Looks at the database in a file that is there. @throws what is no fault of the database */
export function inspectDatabase(path: string): Promise<Inspection> {
  return readingDatabase(path, (database) => {
    const schema = schemaVersion(database);
    if (schema > KNOWN_SCHEMA) {
      return { schema, histories: 0, entries: 0, flaws: [{ kind: 'newer-schema' }] };
    }
    // All of one moment. One of the two engines closes a connection late, so it is ended here.
    database.exec('BEGIN');
    try {
      return { schema, ...inspectAt(schema, database) };
    } finally {
      database.exec('ROLLBACK');
    }
  });
}

function inspectAt(schema: number, database: EmbeddedDatabase): Omit<Inspection, 'schema'> {
  const none = { histories: 0, entries: 0 };
  const flaws: Flaw[] = [...brokenPages(database), ...lostReferences(database)];
  // What cannot be read whole is not followed.
  if (flaws.length > 0) return { ...none, flaws };
  if (schema >= FIRST_SCHEMA_WITH_TOTALS) flaws.push(...wrongTotals(database));
  if (schema < FIRST_SCHEMA_WITH_HISTORY) return { ...none, flaws };
  const followed = followHistories(database);
  return { ...followed, flaws: [...flaws, ...followed.flaws] };
}

function brokenPages(database: EmbeddedDatabase): Flaw[] {
  const rows = database.prepare(`PRAGMA integrity_check(${MAX_FLAWS_TOLD})`).all() as {
    integrity_check: string;
  }[];
  return rows
    .filter(({ integrity_check: detail }) => detail !== 'ok')
    .map(({ integrity_check: detail }) => ({ kind: 'database', detail }));
}

function lostReferences(database: EmbeddedDatabase): Flaw[] {
  const flaws: Flaw[] = [];
  for (const one of database.prepare('PRAGMA foreign_key_check').iterate() as Iterable<unknown>) {
    const { table, parent } = one as { table: string; parent: string };
    flaws.push({ kind: 'database', detail: `a row of ${table} refers to no row of ${parent}` });
    if (flaws.length === MAX_FLAWS_TOLD) break;
  }
  return flaws;
}

function wrongTotals(database: EmbeddedDatabase): Flaw[] {
  const rows = database.prepare(TOTALS).all() as {
    name: string;
    value: number;
    counted: number | null;
  }[];
  return rows
    .filter(({ value, counted }) => counted !== null && value !== counted)
    .map(({ name, value, counted }) => ({
      kind: 'database',
      detail: `${value} ${name} are noted and ${counted} are there`,
    }));
}

interface HistoryRow {
  readonly group_id: string;
  readonly incarnation: string;
  readonly count: number;
  readonly hash: Uint8Array;
  readonly dropped: number;
  readonly dropped_hash: Uint8Array | null;
}

function followHistories(database: EmbeddedDatabase): Omit<Inspection, 'schema'> {
  const list = database.prepare(ENTRIES);
  const flaws: Flaw[] = [];
  let [histories, entries] = [0, 0];
  for (const one of database.prepare(HISTORIES).iterate() as Iterable<unknown>) {
    const row = one as HistoryRow;
    const { length, brokenAt } = follow(row, list.iterate(row.group_id) as Iterable<EntryRow>);
    histories++;
    entries += length;
    if (brokenAt === undefined) continue;
    flaws.push({ kind: 'history', groupId: row.group_id, seq: brokenAt });
    if (flaws.length === MAX_FLAWS_TOLD) break;
  }
  return { histories, entries, flaws };
}

/** How many entries were followed, and the number of the first that does not fit. */
function follow(
  { group_id: groupId, incarnation, ...row }: HistoryRow,
  rows: Iterable<EntryRow>,
): { length: number; brokenAt: number | undefined } {
  let head: HistoryHead =
    row.dropped_hash === null
      ? firstHead({ groupId, incarnation })
      : { count: row.dropped, hash: hex(row.dropped_hash) };
  let length = 0;
  let brokenAt: number | undefined;
  for (const one of rows) {
    const next = headBehind(head, one);
    if (next === undefined) {
      brokenAt = head.count + 1;
      break;
    }
    head = next;
    length++;
  }
  const isAtHead = head.count === row.count && head.hash === hex(row.hash);
  return { length, brokenAt: brokenAt ?? (isAtHead ? undefined : head.count + 1) };
}

/** The head with this entry; undefined when it does not follow, or cannot be read at all. */
function headBehind({ count, hash }: HistoryHead, row: EntryRow): HistoryHead | undefined {
  try {
    const entry = entryOf(row);
    const fits = entry.seq === count + 1 && hashEntry(hash, entry) === entry.hash;
    return fits ? { count: entry.seq, hash: entry.hash } : undefined;
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
