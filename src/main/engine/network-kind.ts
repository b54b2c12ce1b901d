/** What kind of network this is, by what was found. Pure. */
import { scopeOf } from '../../net/address-scope.js';
import type { NetworkKind, NetworkReport } from '../api/network-report.js';

/** In one word. */
export function networkKindOf(found: Omit<NetworkReport, 'kind'>): NetworkKind {
  const { reach, tracker, router, listening } = found;
  const isOwn = (host: string): boolean => found.addresses.some((one) => one.host === host);
  if (listening.length > 0 && listening.every(({ host }) => scopeOf(host) === 'loopback')) {
    return 'this-machine';
  }
  if (tracker.state === 'away' || reach.state === 'looking' || reach.state === 'unserved') {
    return 'unknown';
  }
  const seen = tracker.seen;
  if (reach.state === 'reached') {
    const outside = reach.addresses.filter(({ host }) => !isOwn(host));
    const isPublic = reach.addresses.some(({ host }) => isOwn(host) && scopeOf(host) === 'public');
    if (outside.length === 0) return isPublic ? 'open' : 'same-network';
    const port = router.state === 'mapped' ? router.externalPort : undefined;
    return outside.some((one) => one.port === port) ? 'mapped' : 'forwarded';
  }
  if (seen === undefined) return 'unknown';
  if (isOwn(seen) || scopeOf(seen) === 'loopback') return 'firewalled';
  const external = router.state === 'mapped' ? router.externalHost : undefined;
  return external !== undefined && external !== seen ? 'behind-two-routers' : 'behind-router';
}
