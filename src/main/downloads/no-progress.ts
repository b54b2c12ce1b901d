/** The errors of a download on which nothing comes any more, with what is known of the peers. Pure. */
import { display } from '../../net/display.js';
import { PeerError, TrackerError } from '../../net/errors.js';
import { REPLACED_SILENCE_MS } from '../../net/limits.js';
import type { PeerProgress } from '../api/progress.js';

/** Peers that are named, or files; a line is to be read. */
export const NAMED = 3;

/**
 * Nothing has come for `timeoutMs`; what the peers answered, says what to do. `lacked` are files of a
 * folder that nobody has who is connected, one more than are named if there are more.
 */
export function noProgress(
  timeoutMs: number,
  peers: readonly PeerProgress[],
  lacked: readonly string[] = [],
): PeerError {
  const silence = `no peer has delivered anything for ${spanWords(timeoutMs)}`;
  if (lacked.length > 0) return new PeerError('TIMEOUT', `${silence}; ${lackedWords(lacked)}`);
  const silent = peers.filter(({ state }) => state !== 'banned');
  if (silent.length === 0) {
    const advice = 'what is verified is kept, try again when somebody is';
    return new PeerError('TIMEOUT', `${silence}, and nobody who has the file is online; ${advice}`);
  }
  const named = silent.slice(0, NAMED).map(answerOf).join('; ');
  const more = silent.length > NAMED ? `; and ${silent.length - NAMED} more` : '';
  const advice = 'what is verified is kept, run the same download to go on';
  return new PeerError('TIMEOUT', `${silence} (${named}${more}); ${advice}`);
}

function spanWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${ms} ms`;
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

/** Whoever shares a folder goes on with the rest of it when a file in it has changed. */
function lackedWords(lacked: readonly string[]): string {
  const named = lacked.slice(0, NAMED).map((path) => display(path));
  const more = lacked.length > NAMED ? ' and more of it' : '';
  const advice = 'what is verified is kept, ask who shares it, and run the same download to go on';
  return `nobody who is online has ${named.join(', ')}${more} as it was shared; ${advice}`;
}

function answerOf({ userId, address, state, reason }: PeerProgress): string {
  const who = address === '' ? display(userId) : `${display(userId)} at ${display(address)}`;
  if (reason !== undefined) return `${who}: ${reason}`;
  return state === 'connecting' ? `${who} does not answer` : `${who} is silent`;
}

/** Who has the old version may be back in a moment, but nobody new will have it. */
export function replacedPatienceMs(timeoutMs: number): number {
  return timeoutMs > 0 ? Math.min(timeoutMs, REPLACED_SILENCE_MS) : REPLACED_SILENCE_MS;
}

/** Nobody delivers the version that is being downloaded, and `sharer` has shared a newer one. */
export function replacedMeanwhile(fileName: string, sharer: string): TrackerError {
  const name = display(fileName);
  return new TrackerError(
    'REPLACED',
    `${name} has a newer version, shared by ${display(sharer)}, and nobody delivers the older one any more; download ${name} again to take the newer one`,
  );
}
