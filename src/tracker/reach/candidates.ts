/**
 * What becomes of the addresses that a device claims, by where the tracker sees the device: which the
 * tracker may dial (where it is seen, with the port it says, and others that the device could reach
 * itself), and which only those could use who stand behind the same router. Pure. Names are never
 * looked up: one stands, as "any address of mine" does, for where the device is seen.
 */
import {
  plainAddress,
  scopeOf,
  withoutZone,
  zoneOf,
  type AddressScope,
} from '../../net/address-scope.js';
import { isIPAddress } from '../../net/ip-address.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/**
 * What somebody who is seen in a scope may name besides the very address they are seen at: a member
 * of this machine or of this network could dial these without us.
 */
const mayName: Readonly<Record<AddressScope, readonly AddressScope[]>> = {
  loopback: ['loopback', 'private', 'public'],
  private: ['private', 'public'],
  'link-local': [],
  public: ['public'],
  never: [],
};

/** The claimed addresses, each once, in the order in which they were claimed; the rest is dropped. */
export interface Candidates {
  /** The tracker may dial them. */
  readonly dialled: readonly PeerAddress[];
  /** Inside of a network that the tracker is outside of: it dials none of them. */
  readonly local: readonly PeerAddress[];
}

/** Sorts what a device claims. */
export function candidatesOf(claimed: readonly PeerAddress[], seen: string): Candidates {
  const at = withoutZone(plainAddress(seen));
  const scopes = mayName[scopeOf(at)];
  const dialled = new Map<string, PeerAddress>();
  const local = new Map<string, PeerAddress>();
  for (const { host, port } of claimed) {
    const candidate = { host: meantBy(host, at), port };
    const scope = scopeOf(candidate.host);
    const isAllowed = candidate.host === at ? scope !== 'never' : scopes.includes(scope);
    if (isAllowed) dialled.set(addressKey(candidate), candidate);
    else if (scope === 'private' && scopes.includes('public')) {
      local.set(addressKey(candidate), candidate);
    }
  }
  return { dialled: [...dialled.values()], local: [...local.values()] };
}

/** The interface of a link-local address is for whoever dials it to know. */
function meantBy(host: string, at: string): string {
  const named = plainAddress(host);
  if (named === '0.0.0.0' || named === '::' || !isIPAddress(named)) return at;
  return scopeOf(withoutZone(named)) === 'link-local' ? withoutZone(named) : named;
}

/** An address as it is dialled from here: on a link, through the interface on which its device is seen. */
export function dialledFrom(seen: string, { host, port }: PeerAddress): PeerAddress {
  const zone = zoneOf(seen);
  return zone !== undefined && scopeOf(host) === 'link-local'
    ? { host: `${host}%${zone}`, port }
    : { host, port };
}

/** True for a host at which no other device ever reaches this one, wherever it stands. */
export function isNobodys(host: string): boolean {
  const scope = scopeOf(withoutZone(host));
  return scope === 'never' || scope === 'link-local';
}

/** An address as the key of a table. */
export function addressKey({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
