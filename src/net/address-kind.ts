/**
 * What kind of place an address names, by the registries of special addresses (RFC 6890). Pure; no
 * name server is asked.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export type AddressKind =
  /** No IP literal: somebody would have to be asked what it means. */
  | 'name'
  /** This machine. */
  | 'loopback'
  /** The cable at which this machine hangs, and with it the metadata services of clouds. */
  | 'link-local'
  /** Nobody's, or everybody's: unspecified, multicast, broadcast, reserved. */
  | 'nobody'
  | 'host';

type Subnet = readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'];

const subnets: readonly (readonly [AddressKind, readonly Subnet[]])[] = [
  [
    'loopback',
    [
      ['127.0.0.0', 8, 'ipv4'],
      ['::1', 128, 'ipv6'],
    ],
  ],
  [
    'link-local',
    [
      ['169.254.0.0', 16, 'ipv4'],
      ['fe80::', 10, 'ipv6'],
    ],
  ],
  [
    'nobody',
    [
      ['0.0.0.0', 8, 'ipv4'],
      ['224.0.0.0', 4, 'ipv4'],
      ['240.0.0.0', 4, 'ipv4'],
      ['::', 128, 'ipv6'],
      ['ff00::', 8, 'ipv6'],
    ],
  ],
];

const kinds = subnets.map(([kind, nets]): readonly [AddressKind, BlockList] => {
  const list = new BlockList();
  for (const [network, prefix, family] of nets) list.addSubnet(network, prefix, family);
  return [kind, list];
});

/** The kind of a host; IPv4 within IPv6 (`::ffff:127.0.0.1`) is what it is within. */
export function addressKindOf(host: string): AddressKind {
  const address = host.split('%', 1)[0]!;
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  if (family === undefined) return 'name';
  return kinds.find(([, list]) => list.check(address, family))?.[0] ?? 'host';
}
