/** The history of a group, as this client reads it from the tracker and verifies it. */
import { TrackerError } from '../../net/errors.js';
import type { HistoryEntry } from '../../net/history.js';
import { ticketPublicKey } from '../../net/ticket.js';
import type { HistoryPage } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { HistoryVerdict } from '../api/history-verdict.js';
import type { Home } from '../home/home.js';
import { KeptHeads } from '../home/kept-heads.js';
import { listPages, type TrackerCalls } from '../tracker-link/tracker-calls.js';
import { checkHistory, type ToldHistory } from './history-check.js';

/** Reads it page by page; the last page says how far it goes. */
export async function readHistory(calls: TrackerCalls, groupId: string): Promise<ToldHistory> {
  const entries: HistoryEntry[] = [];
  let first: HistoryPage | undefined;
  let last: HistoryPage | undefined;
  for await (const page of listPages(calls, 'history', { groupId })) {
    first ??= page;
    last = page;
    // What goes meanwhile must not look as if it were missing.
    const isCut = page !== first && (page.checkpoint?.count ?? 0) > (entries.at(-1)?.seq ?? 0);
    if (isCut || page.incarnation !== first.incarnation) throw hasMoved(groupId);
    for (const entry of page.items) entries.push(entry);
  }
  if (!first || !last) throw hasMoved(groupId);
  const { incarnation, checkpoint } = first;
  return { groupId, incarnation, entries, head: last.head, checkpoint };
}

/** Reads it through; one that is whole is noted, so that the next one is held against it. */
export async function verifyHistory(
  link: Pick<AccountLink, 'promptCalls' | 'requireSession'>,
  home: Pick<Home, 'headsPath'>,
  groupId: string,
): Promise<HistoryVerdict> {
  const calls = await link.promptCalls();
  const { account, info } = link.requireSession();
  const kept = new KeptHeads(home.headsPath, { trackerId: account.trackerId, groupId });
  const publicKey = ticketPublicKey(Buffer.from(info.ticketKey, 'base64'));
  // Before the pages: what another caller verifies meanwhile may go further than they do.
  const heads = await kept.read();
  const told = await readHistory(calls, groupId);
  const verdict = checkHistory(told, heads, publicKey);
  const { head, incarnation } = told;
  if (verdict.state === 'whole') await kept.keep({ ...head, incarnation });
  return verdict;
}

function hasMoved(groupId: string): TrackerError {
  return new TrackerError('BUSY', `the history of ${groupId} changed while it was read; try again`);
}
