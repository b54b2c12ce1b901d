/**
 * Whether an address lies in a network of this machine, or is of this machine: then what goes there leaves by no
 * uplink. The machine's networks are looked up when asked for.
 */
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { plainAddress, scopeOf, withoutZone } from './address-scope.js';
import { isIPv4 } from './ip-address.js';

/** One network of one interface, as `192.168.1.5/24`. */
export interface OwnNetwork {
  readonly cidr: string;
  /** Loopback. */
  readonly isInternal: boolean;
}

/** True for an address in one of these networks, and for loopback, which is one wherever a machine is. */
export function isInNetworks(host: string, networks: readonly OwnNetwork[]): boolean {
  const plain = plainAddress(withoutZone(host));
  const scope = scopeOf(plain);
  if (scope === 'link-local' || scope === 'loopback') return true;
  if (scope !== 'private' && scope !== 'public') return false;
  const list = new BlockList();
  for (const { cidr, isInternal } of networks) {
    const [address = '', length] = cidr.split('/');
    if (!isInternal) list.addSubnet(address, Number(length), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** Those of this machine; none while the system does not list them. */
export function ownNetworks(): OwnNetwork[] {
  try {
    return Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.flatMap(({ cidr, internal }) =>
        cidr === null ? [] : [{ cidr, isInternal: internal }],
      ),
    );
  } catch {
    return [];
  }
}
