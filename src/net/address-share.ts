/**
 * Whose share of a bound a remote address uses up: an IPv4 address stands for itself, an IPv6 one
 * for its /64, because whoever has one of those has all of it. Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 address as IPv6 sockets show it. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The name under which an address counts; one that cannot be read counts with all such. */
export function addressShareOf(address: string | undefined): string {
  const plain = (address ?? '').split('%', 1)[0]!;
  const mapped = MAPPED_IPV4.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIPv4(plain)) return plain;
  return isIPv6(plain) ? `${networkOf(plain)}::/64` : 'unknown';
}

/** The first four groups of an IPv6 address, without leading zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  // An IPv4 ending counts for two groups; it is never among the first four of a whole address.
  const afterCount = after.length + (address.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - before.length - afterCount;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
