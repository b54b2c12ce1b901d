/**
 * Whether the history of a group is whole: every entry has the hash that follows from it and the one
 * before, none is missing, the tracker has signed where it ends, and it goes on from what was verified
 * before. Pure. Names the first entry of which something is wrong.
 */
import type { KeyObject } from 'node:crypto';
import {
  firstHead,
  hashEntry,
  isHeadSigned,
  type HistoryEntry,
  type HistoryGroup,
  type HistoryHead,
  type SignedHead,
} from '../../net/history.js';
import type { HistoryFlaw, HistoryVerdict } from '../api/history-verdict.js';
import type { KeptHead } from '../home/kept-heads.js';

/** A history as the tracker tells it. */
export interface ToldHistory extends HistoryGroup {
  /** In the order in which they came. */
  readonly entries: readonly HistoryEntry[];
  readonly head: SignedHead;
  /** The entries up to here are gone. */
  readonly checkpoint?: SignedHead | undefined;
}

interface Flaw {
  readonly flaw: HistoryFlaw;
  readonly seq: number;
}

/** `earlier` is what was verified before: the heads of all groups of this name, the latest last. */
export function checkHistory(
  told: ToldHistory,
  earlier: readonly KeptHead[],
  publicKey: KeyObject,
): HistoryVerdict {
  const { head, checkpoint } = told;
  const before = earlier.find(({ incarnation }) => incarnation === told.incarnation);
  const flaw = flawOfChain(told) ?? flawOfSigns(told, publicKey) ?? flawSince(told, before);
  const known = before ?? earlier.at(-1);
  const compared = known && { earlier: known };
  if (flaw) return { state: 'broken', ...flaw, head, ...compared };
  const dropped = checkpoint?.count ?? 0;
  const whole = { state: 'whole', head, dropped, ...compared } as const;
  if (!before) return { ...whole, since: known ? 'other-group' : 'new' };
  return { ...whole, since: before.count < dropped ? 'gap' : 'continued' };
}

function beginningOf(told: ToldHistory): HistoryHead {
  return told.checkpoint ?? firstHead(told);
}

function flawOfChain(told: ToldHistory): Flaw | undefined {
  let { count, hash } = beginningOf(told);
  for (const entry of told.entries) {
    const seq = count + 1;
    if (entry.seq > seq) return { flaw: 'missing', seq };
    if (entry.seq < seq) return { flaw: 'misplaced', seq };
    if (hashEntry(hash, entry) !== entry.hash) return { flaw: 'altered', seq };
    ({ seq: count, hash } = entry);
  }
  const { head } = told;
  if (count < head.count) return { flaw: 'missing', seq: count + 1 };
  if (count > head.count) return { flaw: 'misplaced', seq: head.count + 1 };
  return hash === head.hash ? undefined : { flaw: 'altered', seq: count };
}

function flawOfSigns(told: ToldHistory, publicKey: KeyObject): Flaw | undefined {
  const { checkpoint, head } = told;
  const unsigned = [checkpoint, head].find((one) => one && !isHeadSigned(told, one, publicKey));
  return unsigned && { flaw: 'unsigned', seq: unsigned.count };
}

/** What is wrong with it beside what was verified before. */
function flawSince(told: ToldHistory, before: HistoryHead | undefined): Flaw | undefined {
  if (!before) return undefined;
  const beginning = beginningOf(told);
  if (before.count > told.head.count) return { flaw: 'truncated', seq: told.head.count + 1 };
  if (before.count < beginning.count) return undefined;
  const { hash } = told.entries[before.count - beginning.count - 1] ?? beginning;
  return hash === before.hash ? undefined : { flaw: 'rewritten', seq: before.count };
}
