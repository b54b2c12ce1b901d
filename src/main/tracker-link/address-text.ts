/** Addresses as people write them: `host:port`, IPv6 in brackets. Pure. */
import type { PeerAddress } from '../../net/tracker-api.js';

/** `host:port` in lower case; the same text for the same address. */
export function addressText({ host, port }: PeerAddress): string {
  const name = host.toLowerCase();
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}
