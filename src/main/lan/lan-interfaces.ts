/**
 * At which addresses of this machine others of its network are asked and answered: those at which
 * somebody could dial it, by IPv4 or by the link-local address of IPv6. Pure.
 */
import { isIPv4 } from '../../net/ip-address.js';
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import { MAX_LAN_INTERFACES } from '../../net/limits.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** One address of this machine, in one network. */
export interface LanInterface {
  readonly family: 4 | 6;
  readonly host: string;
  readonly interfaceName: string;
}

/** `listening`: where this client serves; nowhere while it only downloads. */
export function lanInterfaces(
  own: readonly OwnAddress[],
  listening: readonly PeerAddress[],
): LanInterface[] {
  const hosts = listening.map(({ host }) => withoutZone(host));
  const isAnywhere = hosts.length === 0 || hosts.some(isEveryAddress);
  const isFourOnly = hosts.length > 0 && !hosts.includes('::') && isAnywhere;
  const usable = own.filter(({ host }) => {
    if (!isAnywhere) return hosts.includes(withoutZone(host));
    return scopeOf(withoutZone(host)) !== 'loopback' && !(isFourOnly && !isIPv4(host));
  });
  return usable
    .filter(({ host }) => isIPv4(host) || scopeOf(withoutZone(host)) === 'link-local')
    .map(({ host, interfaceName }) => {
      const family = isIPv4(host) ? (4 as const) : (6 as const);
      return { family, host: withoutZone(host), interfaceName };
    })
    .slice(0, MAX_LAN_INTERFACES);
}

/** True for an address from which a letter may come: nobody from outside of the network writes one. */
export function isNearSource(host: string, own: readonly OwnAddress[]): boolean {
  const scope = scopeOf(withoutZone(host));
  if (scope !== 'public') return scope !== 'never';
  return own.some((one) => prefixOf(one.host) === prefixOf(host));
}

function prefixOf(host: string): string {
  return isIPv4(host) ? host.slice(0, host.lastIndexOf('.')) : host.split(':', 4).join(':');
}
