/**
 * What kind of place an IP address names, by the registries of special addresses (RFC 6890 and
 * its successors). It decides which addresses a device may claim, and which a client dials. Pure.
 */
import { BlockList } from 'node:net';
import { isIPv4, isIPv6 } from './ip-address.js';

/**
 * `never`: no single device is there (multicast, broadcast, unspecified, reserved, or an IPv4
 * address in the disguise of a translation), or the text is no address at all.
 */
export type AddressScope = 'loopback' | 'link-local' | 'private' | 'public' | 'never';

/** Most particular first; what is in none of them is public. */
const tables: readonly (readonly [Exclude<AddressScope, 'public'>, readonly string[]])[] = [
  ['never', ['0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '192.0.0.0/24', '192.88.99.0/24']],
  ['never', ['::/128', 'ff00::/8', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32']],
  ['never', ['::/96', '100::/64', 'fec0::/10']],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']],
  ['private', ['192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24']],
  ['private', ['2001:db8::/32']],
];

type Lists = readonly (readonly [Exclude<AddressScope, 'public'>, BlockList])[];

/** Made when first asked: a command that dials no peer never does. */
let lists: Lists | undefined;

function madeLists(): Lists {
  return tables.map(([scope, subnets]) => {
    const list = new BlockList();
    for (const subnet of subnets) {
      const [network = '', length] = subnet.split('/');
      list.addSubnet(network, Number(length), isIPv4(network) ? 'ipv4' : 'ipv6');
    }
    return [scope, list] as const;
  });
}

/** An address without the IPv6 form in which dual-stack sockets show an IPv4 one. */
export function plainAddress(host: string): string {
  const last = host.slice(host.lastIndexOf(':') + 1);
  return isIPv4(last) && /^(0*:)+ffff:/i.test(host) ? last : host;
}

/** The scope of a literal address; names and addresses with a zone are `never`. */
export function scopeOf(host: string): AddressScope {
  const plain = plainAddress(host);
  if (plain.includes('%') || (!isIPv4(plain) && !isIPv6(plain))) return 'never';
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
  // Of all that is in ::/96 only loopback is anything.
  lists ??= madeLists();
  const found = lists.filter(([, list]) => list.check(plain, family)).map(([scope]) => scope);
  return found.includes('loopback') ? 'loopback' : (found[0] ?? 'public');
}

/** An address without the interface that some systems write behind it (`fe80::1%eth0`). */
export function withoutZone(host: string): string {
  return host.split('%', 1)[0] ?? host;
}

/** The interface behind an address, if one is there. */
export function zoneOf(host: string): string | undefined {
  const at = host.indexOf('%');
  return at < 0 || at === host.length - 1 ? undefined : host.slice(at + 1);
}
