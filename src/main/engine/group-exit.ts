/** Ends everything of a group that this user is not in any more, and what is known of others who left. Owns no state. */
import { leaveToWaiters } from '../../net/deferred.js';
import { TrackerError, type P2pError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { FolderListings } from '../account/folder-listings.js';
import type { Memberships } from '../account/memberships.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { Downloads } from '../downloads/downloads.js';
import type { Parcels } from '../downloads/parcels.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import type { MetPeers } from '../downloads/met-peers.js';
import type { GuestBook } from '../guests/guest-book.js';
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import type { Uploads } from '../sharing/uploads.js';
import type { SpoolKeeper } from './spool-keeper.js';

export interface GroupExitOwners {
  readonly uploads: Pick<Uploads, 'withdrawGroup'>;
  /** Folders are kept the same as it no more. */
  readonly endSyncsOf: (groupId: string, reason: P2pError) => void;
  readonly memberships: Pick<Memberships, 'incarnationOf'>;
  readonly listings: Pick<FolderListings, 'clear'>;
  readonly guests: Pick<GuestBook, 'endGroup'>;
  readonly tickets: Pick<TicketBook, 'forget'>;
  readonly downloads: Pick<Downloads, 'stopWhere'>;
  readonly connections: Pick<PeerConnections, 'closeGroup'>;
  readonly parcels: Pick<Parcels, 'closeGroup'>;
  readonly met: Pick<MetPeers, 'forgetGroup'>;
  readonly library: () => Promise<Pick<Library, 'removeGroup'>>;
  readonly spoolKeeper: Pick<SpoolKeeper, 'around'>;
}

/** Order: serve nothing more, download nothing more, then forget it in the library. */
export async function exitGroup(
  owners: GroupExitOwners,
  account: Account,
  groupId: string,
  error: P2pError = new TrackerError('NOT_A_MEMBER', `you have left ${groupId}`),
): Promise<void> {
  // Before what they wait for: it is not tried again then.
  owners.endSyncsOf(groupId, error);
  owners.uploads.withdrawGroup(groupId, 'NO_SUCH_FILE');
  owners.listings.clear();
  owners.tickets.forget(groupId);
  // They end at once; that the disk does not take it holds nothing of the rest up.
  const guestsEnded = owners.guests.endGroup(account, groupId);
  leaveToWaiters(guestsEnded);
  await owners.downloads.stopWhere((request) => request.groupId === groupId, error);
  owners.connections.closeGroup(groupId);
  owners.parcels.closeGroup(groupId);
  await owners.met.forgetGroup(account, groupId);
  const library = await owners.library();
  await owners.spoolKeeper.around(() => {
    // Meanwhile the user may be in another group of that name.
    library.removeGroup(account, groupId, owners.memberships.incarnationOf(groupId));
  });
  await guestsEnded;
}

/** Others are in the group no more. */
export async function forgetUsers(
  owners: {
    readonly link: Pick<AccountLink, 'session'>;
    readonly met: Pick<MetPeers, 'forgetUsers'>;
  },
  groupId: string,
  userIds: readonly string[],
): Promise<void> {
  const account = owners.link.session?.account;
  if (account) await owners.met.forgetUsers(account, groupId, userIds);
}
