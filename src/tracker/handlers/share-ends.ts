/** Requests that end the sharing of files. */
import { TrackerError, toWireError } from '../../net/errors.js';
import { DESCRIPTIONS_STOPPED_AT_ONCE_BYTES, SHARES_STOPPED_AT_ONCE } from '../../net/limits.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import {
  deviceOf,
  loginOf,
  requireSameUser,
  type Call,
  type Handler,
  type Handlers,
} from '../context.js';
import { itemsOfTurn } from '../items-of-turn.js';
import { inMemberTurn, type MemberTurn } from '../member-turn.js';
import type { EndedShare } from '../store/stored.js';

type StopSharesOutcome = TrackerMethods['stopShares']['result']['outcomes'][number];

const stopShare: Handler<'stopShare'> = async (call, { groupId, name }) => {
  const deviceId = deviceOf(call.session);
  return inMemberTurn(call, groupId, async (turn) => {
    const [ended] = await endShares(turn, deviceId, [name]);
    if (!ended) throw notShared(groupId, name);
    tellEnded(turn, [name]);
    return { fileId: ended.fileId };
  });
};

/** As many turns as it takes, each with a commit of its own, so that others have theirs between. */
const stopShares: Handler<'stopShares'> = async (call, { groupId, names }) => {
  const { userId } = loginOf(call.session);
  const outcomes: StopSharesOutcome[] = [];
  do {
    const rest = names.slice(outcomes.length);
    outcomes.push(...(await stopSome(call, userId, groupId, rest)));
  } while (outcomes.length < names.length);
  return { outcomes };
};

/** Ends the first shares, at least one, in one turn of the user who asked for it. */
function stopSome(
  call: Call,
  userId: string,
  groupId: string,
  names: readonly string[],
): Promise<readonly StopSharesOutcome[]> {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  return inMemberTurn(call, groupId, async (turn) => {
    requireSameUser(turn.userId, userId);
    const outcomes: StopSharesOutcome[] = [];
    const subjects: string[] = [];
    const inTime = { breathe: turn.breathe, steadyMs: context.steadyMs };
    // The next ones are those for which there is no outcome.
    const batches = function* (): Generator<readonly string[]> {
      while (outcomes.length < names.length) {
        yield names.slice(outcomes.length, outcomes.length + SHARES_STOPPED_AT_ONCE);
      }
    };
    for await (const next of itemsOfTurn(batches(), inTime)) {
      const some = await endedAtOnce(turn, next);
      const ended = await endShares(turn, deviceId, some);
      const fileIds = new Map(ended.map(({ name, fileId }) => [name, fileId]));
      for (const name of some) {
        const fileId = fileIds.get(name);
        outcomes.push(fileId === undefined ? toWireError(notShared(groupId, name)) : { fileId });
        // Of a name that was given twice the second is shared no more.
        fileIds.delete(name);
      }
      subjects.push(...ended.map(({ name }) => name));
    }
    if (subjects.length > 0) tellEnded(turn, subjects);
    return outcomes;
  });
}

/** The first of them, with which not too much goes; at least one. */
async function endedAtOnce(
  { tx, group: { groupId } }: MemberTurn,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length < 2) return names;
  const bytesOf = await tx.findDescribedBytesOf(groupId, names);
  let bytes = 0;
  const isTooMuch = (name: string, index: number): boolean => {
    bytes += bytesOf.get(name) ?? 0;
    return index > 0 && bytes > DESCRIPTIONS_STOPPED_AT_ONCE_BYTES;
  };
  const end = names.findIndex(isTooMuch);
  return end < 0 ? names : names.slice(0, end);
}

function tellEnded(
  { note, emit, userId: actor, group: { groupId } }: MemberTurn,
  subjects: readonly string[],
): void {
  note({ groupId, action: 'stop', actor, subjects });
  emit({ type: 'files-changed', groupId });
}

/**
 * Ends those that the device shares. It, or everyone, stops offering a content that is shared under no other name; what
 * another user shares from that device is not offered as long as this one is logged in there.
 */
async function endShares(
  { tx, emit, userId, group: { groupId } }: MemberTurn,
  deviceId: string,
  names: readonly string[],
): Promise<readonly EndedShare[]> {
  const ended = await tx.removeShares({ groupId, userId, deviceId }, names);
  const contents = new Map(ended.map(({ fileId, left }) => [fileId, left]));
  for (const [fileId, left] of contents) {
    if (left === 'nothing') emit({ type: 'content-gone', groupId, fileId });
    else if (left === 'others') emit({ type: 'offer-ended', deviceId, groupId, fileId });
  }
  return ended;
}

function notShared(groupId: string, name: string): TrackerError {
  return new TrackerError('NOT_SHARED', `this client does not share ${name} in ${groupId}`);
}

export const shareEndHandlers = { stopShare, stopShares } satisfies Partial<Handlers>;
