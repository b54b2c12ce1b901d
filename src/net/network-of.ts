/**
 * To whom an address belongs when shares are counted: an IPv4 address to itself, an IPv6 address
 * to its first 64 bits, because a home or a rented machine gets that many to choose from.
 */
import { isIPv4, isIPv6 } from './ip-address.js';

/** The network of an address as text; what is no address is a network of its own. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%', 1);
  const last = plain.slice(plain.lastIndexOf(':') + 1);
  if (isIPv4(last)) {
    // ::ffff:192.0.2.1 is how a dual-stack socket shows an IPv4 address.
    if (plain === last || /^(0*:)+ffff:/i.test(plain)) return last;
  }
  return isIPv6(plain) ? `${first64Bits(plain).join(':')}::/64` : plain;
}

/** The neighbourhood of a network: an IPv4 /24, or an IPv6 /48. */
export function neighbourhoodOfNetwork(network: string): string {
  if (isIPv4(network)) return `${network.slice(0, network.lastIndexOf('.'))}.0/24`;
  return customerOfNetwork(network) ?? network;
}

/** The IPv6 /48 of a network, which one customer of a provider may have whole; undefined of all others. */
export function customerOfNetwork(network: string): string | undefined {
  const [address = ''] = network.split('/', 1);
  return isIPv6(address) ? `${first64Bits(address).slice(0, 3).join(':')}::/48` : undefined;
}

function first64Bits(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  // An IPv4 address at the end stands for two groups.
  const missing = 8 - left.length - right.length - Number(address.includes('.'));
  const all = [...left, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...right];
  return all.slice(0, 4);
}

function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
}
