/** Looks who answers at the addresses of a tracker that are not in use: a handshake each, and nothing is said. */
import { laterByTimer } from '../../net/later.js';
import { DIAL_STAGGER_MS, TRACKER_LOOK_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { firstToAnswer } from '../../workers/dialling/first-to-answer.js';
import { dialAddress, noteFailure, type ReachTarget } from './dial-address.js';

/** Notes in the addresses how these fare; resolves within TRACKER_LOOK_MS. */
export async function lookAtAddresses(
  target: ReachTarget,
  which: readonly PeerAddress[],
): Promise<void> {
  await Promise.all(which.map((address) => look(target, address)));
}

/** Whether one of them answers, as a dial would race them; resolves within TRACKER_LOOK_MS. Notes the first that does. */
export async function doesAnyAnswer(
  target: ReachTarget,
  which: readonly PeerAddress[],
  calledOff: AbortSignal,
): Promise<boolean> {
  const outcome = await firstToAnswer({
    candidates: which,
    attempt: (address, signal) => dialAddress(target, address, signal),
    discard: ({ tls }) => tls.destroy(),
    isFatal: () => false,
    staggerMs: DIAL_STAGGER_MS,
    later: laterByTimer,
    signal: AbortSignal.any([calledOff, AbortSignal.timeout(TRACKER_LOOK_MS)]),
  });
  if (!outcome.won) return false;
  outcome.result.tls.destroy();
  target.addresses.onAnswered(outcome.result.tracker);
  return true;
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
