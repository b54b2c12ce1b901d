/** A link for guests as people send it: an address of the gateway that browsers open. Pure. */
import type { PeerAddress } from '../../net/tracker-api.js';
import { formatAddress } from './quantities.js';

/** A folder comes as a zip file, and is called so. */
export function formatGuestLink(
  gateway: PeerAddress,
  secret: string,
  { fileName, isFolder }: { readonly fileName: string; readonly isFolder: boolean },
): string {
  const name = isFolder ? `${fileName}.zip` : fileName;
  return `https://${formatAddress(gateway)}/g/${secret}/${encodeURIComponent(name)}`;
}
