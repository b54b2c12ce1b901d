/** A name stands for something newer: ends the links of guests to it, and tells the user if it is shared from here. Owns no state. */
import type { TrackerNotifications } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { GuestBook } from '../guests/guest-book.js';
import type { Shares } from '../sharing/shares.js';

export interface ReplacedShareOwners {
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly link: Pick<AccountLink, 'requireSession'>;
  readonly shares: Pick<Shares, 'learnReplaced'>;
  readonly guests: Pick<GuestBook, 'onReplaced'>;
  readonly emit: ClientEventListener;
}

export function tellReplaced(
  { background, link, shares, guests, emit }: ReplacedShareOwners,
  replaced: TrackerNotifications['replaced'],
): void {
  background.run(() => guests.onReplaced(link.requireSession().account, replaced));
  background.run(async () => {
    const { account } = link.requireSession();
    if (!(await shares.learnReplaced(account, replaced))) return;
    const { groupId, name, sharer } = replaced;
    emit({ type: 'share-replaced', groupId, fileName: name, sharer });
  });
}
