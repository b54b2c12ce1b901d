/**
 * Whether a limit of this client's own holds what a download takes, and which. Pure. A limit is shared by all that goes
 * its way, so that what counts is the pace of all of it together.
 */
import type { WayBytes } from '../api/client-status.js';
import type { HoldingLimit, LimitScope, LimitedTo } from '../api/rate-limits.js';

/** Of a limit: who comes so near to it is held by it. */
const NEAR_LIMIT = 0.85;
/** A pace of so many times a limit is not held by it, however it is measured. */
const BEYOND_LIMIT = 2;

/** Bytes per second just now. */
export interface Paces {
  /** Of the download itself. */
  readonly own: number;
  /** Of all downloads of its group. */
  readonly group: number;
  /** Of all that is received, by the way it comes. */
  readonly received: WayBytes;
}

export interface OwnLimit {
  readonly scope: LimitScope;
  readonly bytesPerSecond: number;
}

/** The one that holds it nearest; undefined where none does. */
export function heldBy(
  groupId: string,
  paces: Paces,
  holding: readonly HoldingLimit[],
): OwnLimit | undefined {
  const isLanAside = holding.some(({ scope, down }) => scope.kind === 'lan' && down !== undefined);
  const found = holding
    .map(({ scope, down }) => ({ scope, limit: boundOf(down) }))
    .filter(({ scope }) => scope.kind !== 'group' || scope.groupId === groupId)
    .map((one) => ({ ...one, share: shareOf(pacesIn(one.scope, paces, isLanAside), one.limit) }))
    .filter(({ share }) => share > 0)
    .toSorted((one, other) => other.share - one.share)
    .at(0);
  return found && { scope: found.scope, bytesPerSecond: found.limit };
}

/** All that may come near to the limit of a scope. */
function pacesIn(
  scope: LimitScope,
  { own, group, received }: Paces,
  isLanAside: boolean,
): number[] {
  const { lan, wan, relay } = received;
  const outside = wan + relay;
  // By which way one download comes is not told: it is taken for the way by which most comes.
  const ownOutside = lan > outside ? [] : [own];
  switch (scope.kind) {
    case 'all':
      return isLanAside ? [...ownOutside, outside] : [own, outside + lan];
    case 'lan':
      return [lan];
    case 'wan':
      return [...ownOutside, outside];
    case 'group':
      return [group];
  }
}

/** How much of the limit the nearest of these is; 0 where none is held by it. */
function shareOf(paces: readonly number[], limit: number): number {
  const shares = paces.map((pace) => pace / limit);
  return Math.max(0, ...shares.filter((share) => share >= NEAR_LIMIT && share <= BEYOND_LIMIT));
}

function boundOf(limit: LimitedTo | undefined): number {
  return limit === undefined || limit === 'none' ? Infinity : limit;
}
