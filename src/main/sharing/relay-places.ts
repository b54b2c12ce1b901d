/**
 * Where a relay waits, as a thread is told: the tracker's on the tracker's port, or a member's at addresses
 * where a peer can be, with a ticket to show there. Owns no state.
 */
import type { PeerAddress, RelayTold } from '../../net/tracker-api.js';
import type { RelayPlace } from '../../workers/messages/peer-session.js';
import type { AccountLink } from '../account/account-link.js';
import type { TicketBook } from '../account/ticket-book.js';

export interface RelayPlacesOptions {
  readonly link: Pick<AccountLink, 'trackerHost' | 'session'>;
  readonly tickets: Pick<TicketBook, 'held' | 'renew'>;
  /** The addresses at which a peer can be at all. */
  readonly plausible: (addresses: readonly PeerAddress[]) => readonly PeerAddress[];
}

export class RelayPlaces {
  readonly #options: RelayPlacesOptions;

  constructor(options: RelayPlacesOptions) {
    this.#options = options;
  }

  /**
   * The place of a member's relay, or of the tracker's; undefined when nobody can be there.
   * @throws TrackerError when no ticket is to be had
   */
  async placeOf(groupId: string, relay: RelayTold | undefined): Promise<RelayPlace | undefined> {
    if (!relay) return this.#trackers;
    const addresses = this.#options.plausible(relay.addresses);
    if (addresses.length === 0) return undefined;
    const { tickets } = this.#options;
    const ticket = tickets.held(groupId) ?? (await tickets.renew(groupId));
    const { userId, deviceId } = relay;
    return { of: 'member', userId, deviceId, addresses, ticket };
  }

  get #trackers(): RelayPlace | undefined {
    const { trackerHost: host, session } = this.#options.link;
    if (host === undefined || !session) return undefined;
    return { of: 'tracker', address: { host, port: session.tracker.port } };
  }
}
