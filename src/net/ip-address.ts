/**
 * What a literal IP address is: what `node:net` says, but an IPv6 address is read by the system. The
 * pattern behind Node's `isIPv6` takes five milliseconds and a megabyte in each thread that asks
 * once, and a transfer thread asks before it dials. Pure.
 */
import { isIPv4, SocketAddress } from 'node:net';

/** The system reads up to a NUL, and takes any text for a zone. */
const IPV6_FORM = /^[\da-f:.]+(?:%[\da-z.:-]+)?$/i;

export { isIPv4 };

/** True for an IPv6 address, with or without the interface behind it (`fe80::1%eth0`). */
export function isIPv6(text: string): boolean {
  if (!text.includes(':') || !IPV6_FORM.test(text)) return false;
  const [address = ''] = text.split('%', 1);
  try {
    return new SocketAddress({ address, family: 'ipv6' }).family === 'ipv6';
  } catch {
    return false;
  }
}

/** True for a literal address of either family. */
export function isIPAddress(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}
