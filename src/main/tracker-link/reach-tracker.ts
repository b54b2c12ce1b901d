/**
 * Reaches a tracker at whichever of its addresses answers first (RFC 8305) and shows what it has to. Owns the
 * sockets until one is handed on; how the addresses fared is noted in them.
 */
import type { TLSSocket } from 'node:tls';
import { laterByTimer } from '../../net/later.js';
import { DIAL_STAGGER_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { firstToAnswer } from '../../workers/dialling/first-to-answer.js';
import { dialAddress, noteFailure, type ReachTarget, type Shown } from './dial-address.js';
import { noneReachable, trackerUnreachable } from './tracker-unreachable.js';

/** A connection to the tracker whose identity was accepted. */
export interface AcceptedTls {
  readonly tls: TLSSocket;
  readonly tracker: PeerAddress;
  readonly trackerId: string;
}

interface Failure {
  readonly tracker: PeerAddress;
  readonly error: unknown;
}

/**
 * Hands the first accepted connection to `enter`, which takes it over once it resolves; when it rejects, the
 * addresses that are left are raced anew.
 * @throws the error of the only address as it is; of several a P2pError that names them; the signal's reason
 */
export async function reachTracker<T>(
  target: ReachTarget,
  signal: AbortSignal,
  enter: (accepted: AcceptedTls) => Promise<T>,
): Promise<T> {
  let left = target.addresses.candidates(performance.now());
  const failures: Failure[] = [];
  const onFailed = (tracker: PeerAddress, error: unknown): void => {
    failures.push({ tracker, error });
    noteFailure(target, tracker, error);
  };
  while (left.length > 0) {
    const shown = await race(target, left, signal, onFailed);
    if (shown === undefined) break;
    try {
      return await enter(await accept(target, shown));
    } catch (error) {
      shown.tls.destroy();
      if (signal.aborted) throw error;
      onFailed(shown.tracker, error);
    }
    left = left.filter((one) => !failures.some(({ tracker }) => tracker === one));
  }
  throw noneReachable(failures);
}

/** The first that shows what it has to; undefined when none does. @throws the signal's reason */
async function race(
  target: ReachTarget,
  candidates: readonly PeerAddress[],
  signal: AbortSignal,
  onFailed: (tracker: PeerAddress, error: unknown) => void,
): Promise<Shown | undefined> {
  const silent = new Set(candidates);
  const outcome = await firstToAnswer({
    candidates,
    attempt: async (tracker, calledOff) => {
      try {
        return await dialAddress(target, tracker, calledOff);
      } catch (error) {
        if (!calledOff.aborted) {
          silent.delete(tracker);
          onFailed(tracker, error);
        }
        throw error;
      }
    },
    discard: ({ tls }) => tls.destroy(),
    isFatal: (error) => isShortage(error),
    staggerMs: DIAL_STAGGER_MS,
    later: laterByTimer,
    signal,
  });
  if (outcome.won) return outcome.result;
  if (!signal.aborted) return undefined;
  // Whoever gave up in time says nothing of the addresses; who waited for them in vain does.
  const reason: unknown = signal.reason;
  if (reason instanceof DOMException) for (const one of silent) noteFailure(target, one, reason);
  throw reason;
}

/** Of an identity that was judged: notes what the user has said, and what is asked of the others from now on. */
async function accept(
  { addresses, knownTrackers, expected, onMet }: ReachTarget,
  { tls, tracker, identity }: Shown,
): Promise<AcceptedTls> {
  const before = addresses.identity;
  if (before !== undefined && !addresses.isSaid(tracker)) {
    return { tls, tracker, trackerId: before.trackerId };
  }
  const { how, trackerId, isFirst } = await knownTrackers.check(tracker, identity);
  addresses.onMet({ how, trackerId });
  // Who was told beforehand what it shows trusts nothing blindly.
  const isBlind = isFirst && before === undefined && expected === undefined;
  if (isBlind) onMet?.(tracker, how, identity.deviceId);
  return { tls, tracker, trackerId: before?.trackerId ?? trackerId };
}

/** A process without descriptors or memory: no other address helps against that. */
function isShortage(error: unknown): boolean {
  return trackerUnreachable({ host: '', port: 0 }, error).code === 'SYSTEM_LIMIT';
}
