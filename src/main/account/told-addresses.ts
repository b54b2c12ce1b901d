/**
 * Which of the addresses that a tracker tells of itself a client takes on. Others than these would have it dial
 * its own machine, or its neighbours, for a tracker that is neither. Pure.
 */
import { scopeOf } from '../../net/address-scope.js';
import { isIPAddress } from '../../net/ip-address.js';
import { MAX_TRACKER_ADDRESSES } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** `reachedAt`: where the tracker is reached now, as an IP literal. */
export function believableAddresses(
  told: readonly PeerAddress[],
  reachedAt: string | undefined,
): readonly PeerAddress[] {
  const here = reachedAt === undefined ? 'never' : scopeOf(reachedAt);
  const believed = told.filter(({ host }) => {
    if (!isIPAddress(host)) return true;
    const scope = scopeOf(host);
    if (scope === 'loopback') return here === 'loopback';
    return scope === 'public' || scope === 'private';
  });
  return believed.slice(0, MAX_TRACKER_ADDRESSES);
}
