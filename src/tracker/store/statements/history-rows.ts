/** The rows in which a database keeps the histories of groups, and what they stand for. Pure. */
import type { HistoryEntry, HistoryHead } from '../../../net/history.js';
import type { StoredHistory } from '../store.js';

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

export function entryOf(row: Omit<EntryRow, 'bytes'>): HistoryEntry {
  const { seq, at_ms: atMs, action, actor } = row;
  const subjects = JSON.parse(row.subjects) as string[];
  return { seq, atMs, action, actor, subjects, hash: hex(row.hash) };
}

function toHead(count: number | null, hash: Uint8Array | null): HistoryHead | undefined {
  return count === null || hash === null ? undefined : { count, hash: hex(hash) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
