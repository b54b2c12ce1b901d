/** A served file turned out to be gone or changed: its share is looked at, and the user told. Owns no state. */
import type { WireError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { Offer } from '../sharing/offers.js';
import type { Shares } from '../sharing/shares.js';

export interface BrokenOfferOwners {
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly link: Pick<AccountLink, 'session'>;
  readonly shares: Pick<Shares, 'onBroken'>;
  readonly emit: ClientEventListener;
}

export function tellBroken(
  { background, link, shares, emit }: BrokenOfferOwners,
  offer: Offer,
  error: WireError,
): void {
  background.run(async () => {
    const account = link.session?.account;
    if (!account) {
      // The session has ended, and its offers are about to.
      const { groupId, fileId } = offer;
      emit({ type: 'share-broken', groupId, fileId, error });
      return;
    }
    await shares.onBroken(account, offer, error);
  });
}
