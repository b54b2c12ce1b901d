/** Has the tracker end shares, many in a call where it knows how. Owns no state. */
import { TrackerError, toWireError } from '../../net/errors.js';
import { MAX_FILES_PER_CALL, PAGE_BYTES } from '../../net/limits.js';
import type { RefusedItem } from '../../net/tracker-api.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';

/** What the name stood for, or why it was not ended. */
export type Stopped = { readonly fileId: string } | RefusedItem;

/**
 * By name, in their order; of no more names than `nextNames` gives.
 * @throws P2pError when the tracker cannot be asked; of one name, what it says
 */
export async function stopAtTracker(
  calls: TrackerCalls,
  groupId: string,
  names: readonly string[],
): Promise<Map<string, Stopped>> {
  const outcomes = await stopSome(calls, groupId, names);
  if (outcomes.length !== names.length) throw notWhatWasAsked();
  return new Map(names.map((name, index) => [name, outcomes[index]!]));
}

/** As many as go into a call. */
export function nextNames(names: readonly string[], first: number): readonly string[] {
  let bytes = 0;
  let end = first;
  while (end < names.length && end - first < MAX_FILES_PER_CALL) {
    // A sign takes three bytes at most, as JSON writes it.
    bytes += JSON.stringify(names[end]).length * 3;
    if (end > first && bytes > PAGE_BYTES) break;
    end++;
  }
  return names.slice(first, end);
}

async function stopSome(
  calls: TrackerCalls,
  groupId: string,
  names: readonly string[],
): Promise<readonly Stopped[]> {
  if (names.length > 1) {
    try {
      return (await calls.call('stopShares', { groupId, names })).outcomes;
    } catch (error) {
      // A tracker of before knows no such method.
      if (!(error instanceof TrackerError) || error.code !== 'BAD_REQUEST') throw error;
    }
  }
  const outcomes: Stopped[] = [];
  for (const name of names) outcomes.push(await stopOne(calls, groupId, name));
  return outcomes;
}

async function stopOne(calls: TrackerCalls, groupId: string, name: string): Promise<Stopped> {
  try {
    return await calls.call('stopShare', { groupId, name });
  } catch (error) {
    if (error instanceof TrackerError && error.code === 'NOT_SHARED') return toWireError(error);
    throw error;
  }
}

function notWhatWasAsked(): TrackerError {
  return new TrackerError('PROTOCOL_VIOLATION', 'the tracker’s answer is not to what was asked');
}
