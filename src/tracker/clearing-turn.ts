/** One turn in which something is removed that was left behind, and what is said to who needs it gone. */
import { TrackerError } from '../net/errors.js';
import { CLEARING_RETRY_AFTER_MS, CLEARING_TURN_MS } from '../net/limits.js';
import { inTurn, type TrackerContext, type Turn } from './context.js';
import type { StoreFacts } from './store/store.js';
import type { PendingRemoval, RemovalPlace } from './store/stored.js';

/** Removes some of what the next removal has left, and says of which; undefined when nothing is left. */
export function clearSome(
  context: TrackerContext,
  from: RemovalPlace | undefined,
): Promise<PendingRemoval | undefined> {
  return inTurn(context, async (turn) => {
    const removal = await turn.tx.takePendingRemoval(from);
    if (!removal) return undefined;
    const isDone = await goOn(turn, () => clearStep(turn, removal), context.steadyMs);
    if (isDone) await turn.tx.removePendingRemoval(removal);
    return removal;
  });
}

/** Drops some of the contents that removals have taken the last name of; false when there were none to drop now. */
export function dropContents(context: TrackerContext, besideRemovals: boolean): Promise<boolean> {
  return inTurn(context, async (turn) => {
    let isAny = false;
    const dropSome = async (): Promise<boolean> => {
      const hasDropped = await turn.tx.dropSomeContents(besideRemovals);
      isAny ||= hasDropped;
      return !hasDropped;
    };
    await goOn(turn, dropSome, context.steadyMs);
    return isAny;
  });
}

/** Takes steps until one says that it was the last, which is true; false when the time of the turn is over before. */
async function goOn(
  turn: Turn,
  step: () => Promise<boolean>,
  steadyMs: () => number,
): Promise<boolean> {
  let untilMs = steadyMs() + CLEARING_TURN_MS;
  while (!(await step())) {
    const nowMs = steadyMs();
    if (nowMs >= untilMs) return false;
    await turn.breathe();
    // The time of others is not its own.
    untilMs += steadyMs() - nowMs;
  }
  return true;
}

/** True when it was the last one. */
async function clearStep(
  { tx, emit }: Turn,
  { groupId, userId }: PendingRemoval,
): Promise<boolean> {
  if (userId === undefined) return tx.removeSomeOfGroup(groupId);
  const { gone, isRest } = await tx.removeSomeSharesOf(groupId, userId);
  for (const fileId of gone) emit({ type: 'content-gone', groupId, fileId });
  if (!isRest) emit({ type: 'files-changed', groupId });
  return !isRest;
}

/** Whoever was removed may come in again when what they left is removed, which is now hurried. @throws TrackerError BUSY */
export async function requireCleared(
  { clearing }: Pick<TrackerContext, 'clearing'>,
  tx: Pick<StoreFacts, 'isPendingRemoval'>,
  removal: PendingRemoval,
): Promise<void> {
  if (!(await tx.isPendingRemoval(removal))) return;
  clearing.hurry(removal);
  throw stillClearing();
}

/** What is asked for may be refused only because of what is being removed. */
export function stillClearing(): TrackerError {
  const message = 'what was left there is still being removed; try again';
  return new TrackerError('BUSY', message, { retryAfterMs: CLEARING_RETRY_AFTER_MS });
}
