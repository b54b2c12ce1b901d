/** Looks who answers at the addresses of a tracker besides a connection that is there: a handshake each, and nothing is said. */
import { deadlineOf } from '../../net/deadline.js';
import { laterByTimer } from '../../net/later.js';
import { DIAL_STAGGER_MS, TRACKER_DIAL_SILENCE_MS, TRACKER_LOOK_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { firstToAnswer } from '../../workers/dialling/first-to-answer.js';
import { dialAddress, noteFailure, type ReachTarget, type Shown } from './dial-address.js';
import { dialFates, type DialFate } from './dial-fate.js';

/** Notes in the addresses how these fare; resolves within TRACKER_LOOK_MS. */
export async function lookAtAddresses(
  target: ReachTarget,
  which: readonly PeerAddress[],
): Promise<void> {
  await Promise.all(which.map((address) => look(target, address)));
}

/** A connection on which nothing was said, of whoever takes it; or how all dials ended. */
export type Look = { readonly found: Shown } | { readonly failed: DialFate };

/** Takes the first of them that answers, as a dial would race them, and notes it; resolves within `withinMs`. */
export async function firstBeside(
  target: ReachTarget,
  which: readonly PeerAddress[],
  withinMs: number,
  calledOff: AbortSignal,
): Promise<Look> {
  const quick = { ...target, silenceMs: TRACKER_DIAL_SILENCE_MS };
  const deadline = deadlineOf(calledOff, withinMs);
  const dials = firstToAnswer({
    candidates: which,
    attempt: (address, signal) => dialAddress(quick, address, signal),
    discard: ({ tls }) => tls.destroy(),
    isFatal: () => false,
    staggerMs: DIAL_STAGGER_MS,
    later: laterByTimer,
    signal: deadline.signal,
  });
  const outcome = await dials.finally(deadline.release);
  if (!outcome.won) return { failed: dialFates(outcome.errors) };
  target.addresses.onAnswered(outcome.result.tracker);
  return { found: outcome.result };
}

async function look(target: ReachTarget, address: PeerAddress): Promise<void> {
  try {
    const signal = AbortSignal.timeout(TRACKER_LOOK_MS);
    const { tls } = await dialAddress(target, address, signal);
    tls.destroy();
    target.addresses.onAnswered(address);
  } catch (error) {
    noteFailure(target, address, error);
  }
}
