/** What is known of how others reach this client, as one state. Pure. */
import { scopeOf } from '../../net/address-scope.js';
import type { PeerAddress, ReachOutcome, TriedAddress } from '../../net/tracker-api.js';
import type { LateReach, ReachState } from '../api/reach.js';

/** What was claimed, and what came of it. */
export interface ReachFacts {
  /** The user named loopback to listen on, and no name that turned out to be that. */
  readonly isLoopbackMeant: boolean;
  readonly listening: readonly PeerAddress[];
  /** What was offered to the tracker. */
  readonly claimed: readonly PeerAddress[];
  /** Those of them that the tracker dials. */
  readonly dialled: readonly PeerAddress[];
  /** Where the tracker sees this client; older ones do not say. */
  readonly seen: string | undefined;
  /** Where the tracker found it; undefined before the first look. */
  readonly proven: readonly PeerAddress[] | undefined;
  readonly tried: readonly TriedAddress[];
  /** The tracker passes calls on to this client; undefined when it does not. */
  readonly late?: LateReach | undefined;
}

/** What a user is told. */
export function reachStateOf(facts: ReachFacts): ReachState {
  const { listening, claimed, dialled, seen, proven = [], tried } = facts;
  const elsewhere = proven.filter(({ host }) => scopeOf(host) !== 'loopback');
  const isSeenHere = seen !== undefined && scopeOf(seen) === 'loopback';
  if (elsewhere.length > 0) {
    return {
      state: 'reached',
      addresses: elsewhere,
      from: isSeenHere ? 'this-machine' : 'elsewhere',
    };
  }
  if (listening.every(({ host }) => scopeOf(host) === 'loopback')) {
    if (isSeenHere && facts.isLoopbackMeant) return { state: 'local', addresses: listening };
    const obstacle = { reason: 'loopback', at: listening } as const;
    return { state: 'unreached', obstacle, ...lateOf(facts) };
  }
  if (!isLookedAt(facts)) return { state: 'looking' };
  const reason = worstOf(tried);
  const at = dialled.filter((one) => tried.length === 0 || endedAs(tried, one) === reason);
  const inside = isSeenHere ? [] : claimed.filter((one) => isOutOfTheWay(facts, one));
  return inside.length > 0
    ? { state: 'nearby', addresses: inside, obstacle: { reason, at }, ...lateOf(facts) }
    : { state: 'unreached', obstacle: { reason, at }, ...lateOf(facts) };
}

/** Only devices that the tracker found nowhere at all are told of as to be called. */
function lateOf({ late, proven = [] }: ReachFacts): { late?: LateReach } {
  return late && proven.length === 0 ? { late } : {};
}

/** Only who is near can tell whether this client is there: the tracker told it to nobody else. */
function isOutOfTheWay({ dialled, tried }: ReachFacts, one: PeerAddress): boolean {
  if (scopeOf(one.host) !== 'private') return false;
  return !dialled.some((other) => isSame(one, other)) || endedAs(tried, one) === 'no-way';
}

function endedAs(tried: readonly TriedAddress[], one: PeerAddress): ReachOutcome | undefined {
  return tried.find((other) => isSame(one, other))?.outcome;
}

/** Nothing more is to be found out before something changes. */
export function isLookedAt({ dialled, tried, proven }: ReachFacts): boolean {
  if (dialled.length === 0) return true;
  // A tracker that does not say what it tried has tried something when it speaks at all.
  if (tried.length === 0) return proven !== undefined;
  return dialled.every((one) => tried.some((other) => isSame(one, other)));
}

/** What to tell of several dials in vain: that which the user can do something about. */
function worstOf(tried: readonly TriedAddress[]): Exclude<ReachOutcome, 'answered'> | 'untried' {
  const ended = new Set(tried.map(({ outcome }) => outcome));
  const order = ['silent', 'refused', 'other-device', 'no-way'] as const;
  return order.find((outcome) => ended.has(outcome)) ?? (tried.length > 0 ? 'silent' : 'untried');
}

function isSame(one: PeerAddress, other: PeerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
