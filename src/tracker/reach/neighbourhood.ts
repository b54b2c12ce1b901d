/**
 * Who stands near whom, as far as the tracker can see, and which addresses of a device are told to
 * whom by that: what is proven to everybody, loopback to this machine, a link to who is on it, and
 * what nobody could prove to those alone who are seen on the device's own network. Pure.
 */
import { plainAddress, scopeOf, withoutZone, zoneOf } from '../../net/address-scope.js';
import { isIPv4, isIPv6 } from '../../net/ip-address.js';
import { networkOf } from '../../net/network-of.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ToldReach } from '../presence/presence.js';

const THIS_MACHINE = 'this machine';

/** The names of the places at which somebody is seen, the widest first. */
export function neighbourhoodOf(seen: string): readonly string[] {
  const at = withoutZone(plainAddress(seen));
  switch (scopeOf(at)) {
    case 'loopback':
      return [THIS_MACHINE];
    case 'link-local':
      return [`link ${zoneOf(seen) ?? ''}`];
    case 'private':
    case 'public':
      return isIPv4(at) ? [prefixOf(at), `host ${at}`] : [prefixOf(at)];
    case 'never':
      return [];
  }
}

/** What is known of the addresses of a device. */
export interface KnownReach {
  /** Where the tracker sees it. */
  readonly seen: string;
  /** Where it proved its key. */
  readonly proven: readonly PeerAddress[];
  /** What could not be tried, or did not answer. */
  readonly unproven: readonly PeerAddress[];
}

/** Which addresses are told to whom. */
export function toldOf({ seen, proven, unproven }: KnownReach): ToldReach {
  const addresses = proven.filter(({ host }) => !isNear(host));
  const near = proven.filter(({ host }) => isNear(host));
  const places = neighbourhoodOf(seen);
  const at = withoutZone(plainAddress(seen));
  const scope = scopeOf(at);
  if (scope === 'loopback' || scope === 'link-local') {
    return { addresses, nearby: places.map((to) => ({ to, addresses: near })).filter(hasAny) };
  }
  const within = unproven.filter(({ host }) => prefixOf(host) === places[0]);
  const inside = unproven.filter((one) => within.includes(one) || scopeOf(one.host) === 'private');
  // Behind one public IPv4 address is one network; beside it, in the same prefix, are other people.
  const isOneNetwork = scope === 'private' || isIPv6(at);
  const told = places.map((to, index) => ({
    to,
    addresses: index > 0 || isOneNetwork ? inside : within,
  }));
  return { addresses, nearby: told.filter(hasAny) };
}

function hasAny({ addresses }: { readonly addresses: readonly PeerAddress[] }): boolean {
  return addresses.length > 0;
}

function isNear(host: string): boolean {
  const scope = scopeOf(host);
  return scope === 'loopback' || scope === 'link-local';
}

/** The first 24 bits of an IPv4 address, the first 64 of an IPv6 one. */
function prefixOf(host: string): string {
  return `net ${isIPv4(host) ? host.slice(0, host.lastIndexOf('.')) : networkOf(host)}`;
}
