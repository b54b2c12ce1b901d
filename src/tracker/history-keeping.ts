/**
 * What a turn notes of itself for the history of a group, as data: the entries are made of it, each
 * with the hash of the one before, and stored in the same transaction. What is noted of a group that
 * the turn has ended is gone with it. How far a history goes may be looked up before it is known what is noted.
 */
import { firstHead, hashEntry, type HistoryAction, type HistoryHead } from '../net/history.js';
import {
  HISTORY_DROPPED_AT_ONCE,
  MAX_HISTORY_BYTES_PER_GROUP,
  MAX_HISTORY_ENTRIES_PER_GROUP,
  MAX_HISTORY_SUBJECT_BYTES,
} from '../net/limits.js';
import type { StoreTransaction } from './store/store.js';
import type { StoredHistory } from './store/stored.js';

/** Something that has happened in a group. */
export interface HistoryNote {
  readonly groupId: string;
  readonly action: HistoryAction;
  /** Who did it. */
  readonly actor: string;
  /** Whom or what it was done to; see `HistoryAction`. */
  readonly subjects: readonly string[];
}

type HistoryTransaction = Pick<StoreTransaction, 'findHistory' | 'addHistoryEntry' | 'dropHistory'>;

/** Bytes of an entry besides its texts, as they are counted. */
const ENTRY_BYTES = 100;

/** Histories that are looked up while a turn goes on, and hold for the first thing that is added to each. */
export class HistoryAhead {
  readonly #tx: Pick<StoreTransaction, 'findHistory'>;
  readonly #found = new Map<string, Promise<StoredHistory | undefined>>();

  constructor(tx: Pick<StoreTransaction, 'findHistory'>) {
    this.#tx = tx;
  }

  lookUp(groupId: string): void {
    const found = this.#tx.findHistory(groupId);
    // The turn may end before somebody asks for it.
    found.catch(() => undefined);
    this.#found.set(groupId, found);
  }

  /** The group came or went. */
  forget(groupId: string): void {
    this.#found.delete(groupId);
  }

  take(groupId: string): Promise<StoredHistory | undefined> {
    const found = this.#found.get(groupId) ?? this.#tx.findHistory(groupId);
    this.#found.delete(groupId);
    return found;
  }
}

/** Adds what was noted to the histories, in order. */
export async function keepHistory(
  tx: HistoryTransaction,
  notes: readonly HistoryNote[],
  nowMs: number,
  ahead = new HistoryAhead(tx),
): Promise<void> {
  for (const note of notes) await keepNote(tx, note, nowMs, ahead);
}

async function keepNote(
  tx: HistoryTransaction,
  { groupId, action, actor, subjects: all }: HistoryNote,
  nowMs: number,
  ahead: HistoryAhead,
): Promise<void> {
  const history = await ahead.take(groupId);
  if (!history) return;
  const { incarnation, dropped } = history;
  let head: HistoryHead = history.head ?? firstHead({ groupId, incarnation });
  let { bytes } = history;
  for (const subjects of partsOf(all)) {
    const entry = { seq: head.count + 1, atMs: nowMs, action, actor, subjects };
    head = { count: entry.seq, hash: hashEntry(head.hash, entry) };
    const size = ENTRY_BYTES + textBytes([actor, ...subjects]);
    await tx.addHistoryEntry(groupId, { ...entry, hash: head.hash }, size);
    bytes += size;
  }
  const kept = head.count - (dropped?.count ?? 0);
  if (kept > MAX_HISTORY_ENTRIES_PER_GROUP || bytes > MAX_HISTORY_BYTES_PER_GROUP) {
    await tx.dropHistory(groupId, HISTORY_DROPPED_AT_ONCE);
  }
}

/** Subjects as entries hold them; no subjects make an entry too. */
function partsOf(subjects: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const subject of subjects) {
    const more = textBytes([subject]);
    if (bytes > 0 && bytes + more > MAX_HISTORY_SUBJECT_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(subject);
    bytes += more;
  }
  return parts;
}

function textBytes(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
