/**
 * What a tracker may be called where it tells its own addresses: an IP address, or a name in plain letters; and how long
 * the name of any machine may be. Pure.
 */
import { isIPAddress } from './ip-address.js';

/** Bytes of a name (RFC 1035). */
export const MAX_HOST_LENGTH = 253;

/** Without a zone, which is a matter of one machine. */
export function isTrackerHost(text: string): boolean {
  if (text.length > MAX_HOST_LENGTH || text.includes('%')) return false;
  return isIPAddress(text) || /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text);
}
