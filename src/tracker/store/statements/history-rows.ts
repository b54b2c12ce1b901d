/** The rows in which a database keeps the histories of groups, and what they stand for. Pure. */
import {
  isActionForm,
  isHistoryText,
  UNREADABLE_ACTION,
  type HistoryEntry,
  type HistoryHead,
} from '../../../net/history.js';
import { MAX_HISTORY_SUBJECTS } from '../../../net/limits.js';
import type { StoredHistory } from '../stored.js';

const HASH_BYTES = 32;

/** A group with the history that it may have. */
export interface HistoryRow {
  readonly incarnation: string;
  readonly count: number | null;
  readonly hash: Uint8Array | null;
  readonly bytes: number | null;
  readonly dropped: number | null;
  readonly dropped_hash: Uint8Array | null;
}

export interface EntryRow {
  readonly seq: number;
  readonly at_ms: number;
  readonly action: string;
  readonly actor: string;
  /** A JSON list. */
  readonly subjects: string;
  readonly hash: Uint8Array;
  readonly bytes: number;
}

export function historyOf(row: HistoryRow): StoredHistory {
  return {
    incarnation: row.incarnation,
    head: toHead(row.count, row.hash),
    dropped: toHead(row.dropped, row.dropped_hash),
    bytes: row.bytes ?? 0,
  };
}

/**
 * The entry that a row holds. Somebody may have written to the database: what could not be told is told as such,
 * so that whoever verifies the history finds which entry that is.
 */
export function entryOf(row: Omit<EntryRow, 'bytes'>): HistoryEntry {
  const { seq, at_ms: atMs, action, actor, hash } = row;
  const subjects = subjectsOf(row.subjects);
  const isTold =
    subjects !== undefined &&
    [actor, ...subjects].every(isHistoryText) &&
    isActionForm(action) &&
    Number.isSafeInteger(atMs) &&
    atMs >= 0 &&
    hash.length === HASH_BYTES;
  if (isTold) return { seq, atMs, action, actor, subjects, hash: hex(hash) };
  const none = { atMs: 0, action: UNREADABLE_ACTION, actor: '', subjects: [] };
  return { seq, ...none, hash: hex(new Uint8Array(HASH_BYTES)) };
}

/** Undefined for what is no list of as many texts as an entry has. */
function subjectsOf(json: string): string[] | undefined {
  try {
    const list = JSON.parse(json) as unknown;
    if (!Array.isArray(list) || list.length > MAX_HISTORY_SUBJECTS) return undefined;
    return list.every((one) => typeof one === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

function toHead(count: number | null, hash: Uint8Array | null): HistoryHead | undefined {
  return count === null || hash === null ? undefined : { count, hash: hex(hash) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
