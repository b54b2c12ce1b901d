/**
 * Reaches a tracker at whichever of its addresses answers first (RFC 8305) and shows what it has to. Owns the
 * sockets until one is handed on; how the addresses fared is noted in them.
 */
import type { TLSSocket } from 'node:tls';
import { laterByTimer } from '../../net/later.js';
import { DIAL_STAGGER_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { firstToAnswer } from '../../workers/dialling/first-to-answer.js';
import { addressText } from './address-text.js';
import { dialAddress, noteFailure, type ReachTarget, type Shown } from './dial-address.js';
import { noneReachable, timedOut, trackerUnreachable } from './tracker-unreachable.js';

const HANDSHAKES_PATIENCE = 2;

/** A connection on which what has to be was shown; it is not known yet whether a tracker is there. */
export interface AcceptedTls {
  readonly tls: TLSSocket;
  readonly tracker: PeerAddress;
  /** Ends the wait for it, when others are left or the time is over. */
  readonly signal: AbortSignal;
  /** A tracker has answered: notes it at the first meeting. Resolves to its identity. @throws as KnownTrackers.check */
  readonly note: () => Promise<string>;
}

/** How a tracker is reached. */
export interface Reaching {
  readonly signal: AbortSignal;
  /** So long an address may take to let somebody in while others are left. */
  readonly enterMs: number;
  /** It is dialled already, and goes first. */
  readonly found: Shown | undefined;
}

interface Failure {
  readonly tracker: PeerAddress;
  readonly error: unknown;
}

/**
 * Hands the first accepted connection to `enter`, which takes it over once it resolves; when it rejects, or has
 * waited for `enterMs`, or twice as long as the handshake took, while others are left, those are raced anew.
 * @throws the error of the only address as it is; of several a P2pError that names them; the signal's reason
 */
export async function reachTracker<T>(
  target: ReachTarget,
  { signal, enterMs, found }: Reaching,
  enter: (accepted: AcceptedTls) => Promise<T>,
): Promise<T> {
  let left = target.addresses.candidates(performance.now());
  const failures: Failure[] = [];
  const onFailed = (tracker: PeerAddress, error: unknown): void => {
    failures.push({ tracker, error });
    noteFailure(target, tracker, error);
  };
  let first = found;
  while (left.length > 0) {
    const shown = first ?? (await race(target, left, signal, onFailed));
    first = undefined;
    if (shown === undefined) break;
    left = left.filter((one) => !failures.some(({ tracker }) => tracker === one));
    // Over a long way, or from a busy tracker, nothing comes sooner than the handshake came.
    const patienceMs = Math.max(enterMs, HANDSHAKES_PATIENCE * shown.tookMs);
    const patience =
      left.length > 1 ? impatient(signal, patienceMs) : { signal, end: () => undefined };
    try {
      const { tls, tracker } = shown;
      const note = (): Promise<string> => accept(target, shown);
      return await enter({ tls, tracker, signal: patience.signal, note });
    } catch (error) {
      shown.tls.destroy();
      if (signal.aborted && !isTimeOver(signal.reason)) throw error;
      onFailed(shown.tracker, error);
      if (signal.aborted) throw error;
    } finally {
      patience.end();
    }
    left = left.filter((one) => addressText(one) !== addressText(shown.tracker));
  }
  throw noneReachable(failures, target.addresses.looks());
}

/** Aborted as `signal` is, and after a while. */
function impatient(signal: AbortSignal, ms: number): { signal: AbortSignal; end: () => void } {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(timedOut()), ms);
  return { signal: AbortSignal.any([signal, over.signal]), end: () => clearTimeout(timer) };
}

/** Whoever gave up in time says nothing of the addresses; who waited for them in vain does. */
function isTimeOver(reason: unknown): reason is DOMException {
  return reason instanceof DOMException;
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
  const reason: unknown = signal.reason;
  if (isTimeOver(reason)) for (const one of silent) noteFailure(target, one, reason);
  throw reason;
}

/** Of a tracker that has answered: notes what the user has said, and what is asked of the others from now on. */
async function accept(
  { addresses, knownTrackers, expected, onMet }: ReachTarget,
  { tracker, identity }: Shown,
): Promise<string> {
  const before = addresses.identity;
  if (before !== undefined && !addresses.isSaid(tracker)) return before.trackerId;
  const { how, trackerId, isFirst } = await knownTrackers.check(tracker, identity);
  addresses.onMet({ how, trackerId });
  // Who was told beforehand what it shows trusts nothing blindly.
  const isBlind = isFirst && before === undefined && expected === undefined;
  if (isBlind) onMet?.(tracker, how, identity.deviceId);
  return before?.trackerId ?? trackerId;
}

/** A process without descriptors or memory: no other address helps against that. */
function isShortage(error: unknown): boolean {
  return trackerUnreachable({ host: '', port: 0 }, error).code === 'SYSTEM_LIMIT';
}
