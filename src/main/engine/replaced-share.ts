/** Tells the user that a name stands for something newer, if it is about what is shared from here. Owns no state. */
import type { TrackerNotifications } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { Shares } from '../sharing/shares.js';

export interface ReplacedShareOwners {
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly link: Pick<AccountLink, 'requireSession'>;
  readonly shares: Pick<Shares, 'learnReplaced'>;
  readonly emit: ClientEventListener;
}

export function tellReplaced(
  { background, link, shares, emit }: ReplacedShareOwners,
  replaced: TrackerNotifications['replaced'],
): void {
  background.run(async () => {
    const { account } = link.requireSession();
    if (!(await shares.learnReplaced(account, replaced))) return;
    const { groupId, name, sharer } = replaced;
    emit({ type: 'share-replaced', groupId, fileName: name, sharer });
  });
}
