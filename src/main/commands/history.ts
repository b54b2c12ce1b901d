/** `history`: who did what in a group, or whether anything of that was changed. For members. */
import { TrackerError, UsageError } from '../../net/errors.js';
import { HISTORY_ACTIONS, isHistoryAction, type HistoryEntry } from '../../net/history.js';
import { checkName } from '../../net/names.js';
import {
  argument,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { brokenLine, historyLine, wholeLines } from '../terminal/history-lines.js';
import { parseMomentMs } from '../terminal/quantities.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const filters = ['since', 'user', 'action'].filter(
    (name) => textOption(given, name) !== undefined,
  );
  if (isSwitchedOn(given, 'verify')) {
    if (filters.length > 0 || isSwitchedOn(given, 'jsonl')) {
      throw new UsageError('--verify is about the whole history; leave the other options out');
    }
    return verify(context, groupId);
  }
  const isMeant = filterOf(given);
  const entries = (await engine.history(groupId)).filter(isMeant);
  if (entries.length === 0) checkAction(textOption(given, 'action'));
  if (isSwitchedOn(given, 'jsonl')) return out.records(entries);
  const none = filters.length > 0 ? 'nothing of that kind' : 'nothing has happened';
  const more = entries.length === 0 ? [`(${none})`] : [];
  out.result({ groupId, entries }, entries.map(historyLine), more);
}

/** A tracker that is newer may tell of actions that this version does not know. @throws UsageError */
function checkAction(action: string | undefined): void {
  if (action === undefined || isHistoryAction(action)) return;
  throw new UsageError(
    `nothing in a history is called "${action}"; choose ${HISTORY_ACTIONS.join(', ')}`,
  );
}

async function verify({ engine, out }: CommandContext, groupId: string): Promise<void> {
  const verdict = await engine.verifyHistory(groupId);
  if (verdict.state === 'whole') return out.result({ groupId, ...verdict }, wholeLines(verdict));
  out.result({ groupId, ...verdict }, []);
  throw new TrackerError(
    'HISTORY_BROKEN',
    `the history of ${groupId} was changed: ${brokenLine(verdict)}; ask whoever runs the tracker`,
  );
}

function filterOf(given: Given): (entry: HistoryEntry) => boolean {
  const [sinceText, user, action] = ['since', 'user', 'action'].map((name) =>
    textOption(given, name),
  );
  const since = sinceText === undefined ? undefined : parseMomentMs(sinceText, Date.now());
  return (entry) =>
    (since === undefined || entry.atMs >= since) &&
    (user === undefined || entry.actor === user) &&
    (action === undefined || entry.action === action);
}
