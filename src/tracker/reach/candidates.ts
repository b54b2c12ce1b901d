/**
 * Which of the addresses that a device claims may be looked at: where the tracker sees the device,
 * with the port it says, and others that the device could reach itself. Pure. Names are never
 * looked up: one stands, as "any address of mine" does, for where the device is seen.
 */
import { isIP } from 'node:net';
import { plainAddress, scopeOf, type AddressScope } from '../../net/address-scope.js';
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

/** The claimed addresses that may be dialled, each once, in the order in which they were claimed. */
export function candidatesOf(claimed: readonly PeerAddress[], seen: string): PeerAddress[] {
  const at = plainAddress(seen);
  const scopes = mayName[scopeOf(at)];
  const found = new Map<string, PeerAddress>();
  for (const { host, port } of claimed) {
    const named = plainAddress(host);
    const isAnyOfMine = named === '0.0.0.0' || named === '::' || isIP(named) === 0;
    const candidate = { host: isAnyOfMine ? at : named, port };
    const scope = scopeOf(candidate.host);
    const isAllowed = candidate.host === at ? scope !== 'never' : scopes.includes(scope);
    if (isAllowed) found.set(addressKey(candidate), candidate);
  }
  return [...found.values()];
}

/** True for a host at which no other device ever reaches this one, wherever it stands. */
export function isNobodys(host: string): boolean {
  const scope = scopeOf(host);
  return scope === 'never' || scope === 'link-local';
}

/** An address as the key of a table. */
export function addressKey({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
