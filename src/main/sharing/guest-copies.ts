/**
 * What was fetched for guests and is whole: served to other members as long as it lies in the spool, and never a share
 * of the user. Her own shares of the same content come first, and nothing of them changes. Owns which places a gateway
 * of this process holds; what no gateway holds may be removed.
 *
 *   held (fetched, then served) → let go (withdrawn)
 */
import { P2pError } from '../../net/errors.js';
import type { Announcement } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Memberships } from '../account/memberships.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { Library } from '../home/library.js';
import type { LibraryShare } from '../home/library-records.js';
import type { Spool } from '../home/spool.js';
import type { Offer } from './offers.js';
import type { Serving } from './serving.js';
import { offerOf } from './share-offer.js';
import type { Uploads } from './uploads.js';

export interface GuestCopiesOptions {
  readonly library: () => Promise<Pick<Library, 'description'>>;
  readonly spool: Pick<Spool, 'isForGuests'>;
  readonly uploads: Pick<Uploads, 'offers' | 'offerOf' | 'offer' | 'withdraw'>;
  readonly serving: Pick<Serving, 'address'>;
  readonly batches: Pick<TrackerBatches, 'announce'>;
  readonly memberships: Pick<Memberships, 'incarnationOf'>;
  readonly link: Pick<AccountLink, 'session'>;
  readonly background: Pick<BackgroundWork, 'run'>;
}

export class GuestCopies {
  readonly #options: GuestCopiesOptions;
  /** One for each fetch of a gateway, of which there are MAX_GUEST_FETCHES, and those that are being removed. */
  readonly #held = new Set<string>();

  constructor(options: GuestCopiesOptions) {
    this.#options = options;
  }

  /** Whether something is, or was, fetched for guests. */
  isOne(path: string): boolean {
    return this.#options.spool.isForGuests(path);
  }

  /** A gateway fetches into that place, and will say when it is wanted no more. */
  hold(path: string): void {
    this.#held.add(path);
  }

  isHeld(path: string): boolean {
    return this.#held.has(path);
  }

  /** Serves one that is whole, unless the user's own share of that content is served. */
  async serve(copy: LibraryShare): Promise<void> {
    const { uploads, serving, memberships, library } = this.#options;
    const { groupId, fileId, incarnation } = copy;
    const descriptions = await library();
    // Meanwhile the user may have left the group, or a gateway may have let go of it.
    if (memberships.incarnationOf(groupId) !== incarnation || !this.#held.has(copy.path)) return;
    const offered = uploads.offerOf(groupId, fileId);
    if (offered?.path !== undefined) return;
    // What grew has to be replaced in any case: its part is closed with the download.
    if (serving.address === undefined && offered === undefined) return;
    uploads.offer(offerOf(copy, descriptions));
    this.#tell({ groupId, fileId, state: 'complete' });
  }

  /** It is wanted no more: nothing of it is served. Idempotent. */
  letGo(path: string): void {
    this.#held.delete(path);
    const { uploads } = this.#options;
    const served: Offer[] = [...uploads.offers()].filter((offer) => offer.path === path);
    for (const { groupId, fileId } of served) {
      uploads.withdraw(groupId, fileId, 'NOT_SHARED');
      this.#tell({ groupId, fileId, state: 'gone' });
    }
  }

  #tell(announcement: Announcement): void {
    const { background, batches, serving, link } = this.#options;
    background.run(async () => {
      if (serving.address === undefined || !link.session) return;
      try {
        await batches.announce(announcement);
      } catch (error) {
        // When the tracker is back it is told of everything that is offered then.
        if (!(error instanceof P2pError)) throw error;
      }
    });
  }
}
