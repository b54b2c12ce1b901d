/** A link for guests as people send it: an address of the gateway that browsers open. Pure. */
import type { PeerAddress } from '../../net/tracker-api.js';
import { formatAddress } from './quantities.js';

export function formatGuestLink(gateway: PeerAddress, secret: string, fileName: string): string {
  return `https://${formatAddress(gateway)}/g/${secret}/${encodeURIComponent(fileName)}`;
}
