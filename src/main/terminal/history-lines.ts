/** An entry of a history, and what came of verifying one, as lines for people. */
import {
  isHistoryAction,
  UNREADABLE_ACTION,
  type HistoryAction,
  type HistoryEntry,
} from '../../net/history.js';
import type { HistoryFlaw, HistoryVerdict } from '../api/history-verdict.js';
import { formatCount, formatTime } from './quantities.js';

/** Digits of an invite's id that are shown, as by `invites`. */
const ID_DIGITS = 12;

type Sentence = (who: string, what: string, subjects: readonly string[]) => string;

const sentences: Readonly<Record<HistoryAction, Sentence>> = {
  create: (who) => `${who} made the group`,
  accept: (who, what) => `${who} let ${what} in`,
  reject: (who, what) => `${who} refused ${what}`,
  join: (who, what) => `${who} joined by the invite ${what.slice(0, ID_DIGITS)}`,
  leave: (who) => `${who} left`,
  kick: (who, what) => `${who} removed ${what}`,
  ban: (who, what) => `${who} banned ${what}`,
  unban: (who, what) => `${who} lifted the ban of ${what}`,
  role: (who, _, [whom = '', role = '']) => `${who} made ${whom} ${role} of the group`,
  owner: (who, what) => `${who} left the group to ${what}`,
  appointed: (who) => `the operator of the tracker made ${who} an owner of the group`,
  invite: (who, what) => `${who} made the invite ${what.slice(0, ID_DIGITS)}`,
  revoke: (who, what) => `${who} ended the invite ${what.slice(0, ID_DIGITS)}`,
  share: (who, what, { length }) => `${who} shared ${many(length)}${what}`,
  replace: (who, what, { length }) => `${who} replaced ${many(length)}${what}`,
  stop: (who, what) => `${who} stopped sharing ${what}`,
  'guest-download': (who, what) => `a guest took ${what} by a link of ${who}`,
};

function many(count: number): string {
  return count === 1 ? '' : `${formatCount(count, 'file')}: `;
}

/** `12  2026-11-25T10:00:00Z  ann let bob in`; the caller makes it safe to show. */
export function historyLine({ seq, atMs, action, actor, subjects }: HistoryEntry): string {
  if (action === UNREADABLE_ACTION) return `${seq}  what the tracker has here cannot be read`;
  const what = subjects.join(', ');
  const sentence = isHistoryAction(action)
    ? sentences[action](actor, what, subjects)
    : `${actor}: ${[action, ...subjects].join(' ')}`;
  return `${seq}  ${formatTime(atMs)}  ${sentence}`;
}

const flaws: Readonly<Record<HistoryFlaw, string>> = {
  altered: 'is not what was written',
  missing: 'is missing',
  misplaced: 'stands where another one was',
  truncated: 'and what followed it are gone, which were there when it was verified last',
  rewritten: 'ends another history than it did when it was verified last',
  unsigned: 'is not signed by the tracker',
};

/** What is wrong with a history, and from which number on. */
export function brokenLine({ flaw, seq }: Extract<HistoryVerdict, { state: 'broken' }>): string {
  return `entry ${seq} ${flaws[flaw]}`;
}

/** What is known of a history that is whole. */
export function wholeLines(verdict: Extract<HistoryVerdict, { state: 'whole' }>): string[] {
  const { head, dropped, since, earlier } = verdict;
  const what = formatCount(head.count - dropped, 'entry', 'entries');
  const lines = [`the history is whole: ${what}, up to number ${head.count}, ${head.hash}`];
  if (dropped > 0) lines.push(`entries up to number ${dropped} are too old and gone`);
  if (since === 'continued')
    lines.push(`it goes on from number ${earlier?.count ?? 0}, verified before`);
  if (since === 'gap') {
    lines.push(`what followed number ${earlier?.count ?? 0}, verified before, is gone`);
  }
  if (since === 'other-group') {
    lines.push('the history that was verified before is of another group, which had this name');
  }
  return lines;
}
