/**
 * Dials the tracker of an account: which one that is, at which addresses, as which device, and what is told of
 * it meanwhile. Owns the list of known trackers; the link that comes of it is the caller's.
 */
import { deferred } from '../../net/deferred.js';
import { CancelledError, toWireError } from '../../net/errors.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ClientEvent } from '../api/client-events.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import type { Home } from '../home/home.js';
import { addressText } from '../tracker-link/address-text.js';
import { KnownTrackers, type Meeting } from '../tracker-link/known-trackers.js';
import { lookAtAddresses } from '../tracker-link/look-at-addresses.js';
import type { TrackerAddresses } from '../tracker-link/tracker-addresses.js';
import type { TrackerCalls, TrackerPush } from '../tracker-link/tracker-calls.js';
import { TrackerLink, type LinkEvent } from '../tracker-link/tracker-link.js';
import type { DeviceKey } from './device-key.js';
import { unnamedTracker } from './session-terms.js';
import {
  addressesAt,
  addressesOfLogin,
  knownAs,
  placesSaid,
  type TrackerPlaces,
} from './tracker-places.js';
import { whichTracker } from './which-tracker.js';

export type DialEvent =
  LinkEvent | Extract<ClientEvent, { type: 'tracker-met' | 'tracker-refused' }>;

/** How a dial differs from the usual. */
export interface DialHints {
  /** What the tracker has to prove besides. */
  readonly expected?: ExpectedTracker | undefined;
  /** Gets calls before the connection is ready, which go along with a login of before; see TrackerLink. */
  readonly early?: ((calls: TrackerCalls) => void) | undefined;
}

/** What a link hears and does. */
export interface DialHooks {
  /** A lost connection is there again. */
  onReconnected(calls: TrackerCalls): Promise<void>;
  onTime(meeting: LinkMeeting, nowMs: number): void;
  onNotification(push: TrackerPush): void;
  onEvent(event: DialEvent): void;
}

/** Where a link reaches its tracker. */
export interface LinkMeeting {
  readonly addresses: TrackerAddresses;
  /** Looks who answers at addresses that are not in use, and notes it in them. */
  readonly lookAt: (which: readonly PeerAddress[]) => Promise<void>;
  /** Where it was reached last, as an IP literal. */
  host: string | undefined;
}

export interface TrackerDialOptions {
  readonly home: Home;
  /** What the client was told when it started, by preference. */
  readonly trackers: readonly PeerAddress[];
  readonly key: Pick<DeviceKey, 'load'>;
  readonly hooks: DialHooks;
}

export class TrackerDial {
  readonly knownTrackers: KnownTrackers;
  readonly #options: TrackerDialOptions;
  /** Resolved at the first dial. */
  readonly #dialling = deferred<void>();

  constructor(options: TrackerDialOptions) {
    this.#options = options;
    this.knownTrackers = new KnownTrackers(options.home);
  }

  /** Resolves when somebody is dialled for the first time. */
  get dialling(): Promise<void> {
    return this.#dialling.promise;
  }

  /**
   * `asked`: none when the user named no tracker; `present`: of whoever is logged in.
   * @throws TrackerError BAD_ARGUMENT when nothing says which one is meant
   */
  async places(
    asked: readonly PeerAddress[],
    present: TrackerPlaces | undefined,
  ): Promise<TrackerPlaces> {
    const { trackers, home } = this.#options;
    const said = asked.length > 0 ? asked : trackers;
    if (said.length > 0) return placesSaid(said);
    return present ?? (await whichTracker(home)) ?? unnamedTracker();
  }

  /** As what the tracker at these places was met, if it ever was. @throws StorageError */
  knownAs(places: Pick<TrackerPlaces, 'said' | 'trackerId'>): Promise<Meeting | undefined> {
    return knownAs(places, this.knownTrackers);
  }

  /** @throws CancelledError when it was given up meanwhile; then nothing of it is left */
  async dial(
    places: TrackerPlaces,
    signal: AbortSignal,
    { expected, early }: DialHints = {},
  ): Promise<{ link: TrackerLink; meeting: LinkMeeting }> {
    const { key, hooks } = this.#options;
    const credentials = await key.load();
    const addressesFor = early ? addressesOfLogin : addressesAt;
    const addresses = await addressesFor(places, this.knownTrackers);
    if (signal.aborted) throw engineClosed();
    const target = {
      addresses,
      credentials,
      knownTrackers: this.knownTrackers,
      expected,
      onDialling: () => this.#dialling.resolve(),
      onMet: (tracker: PeerAddress, how: Meeting['how'], deviceId: string) =>
        hooks.onEvent({ type: 'tracker-met', tracker: addressText(tracker), how, deviceId }),
      onRefused: (tracker: PeerAddress, error: Parameters<typeof toWireError>[0]) =>
        hooks.onEvent({
          type: 'tracker-refused',
          tracker: addressText(tracker),
          error: toWireError(error),
        }),
    };
    const meeting: LinkMeeting = {
      addresses,
      lookAt: (which) => lookAtAddresses(target, which),
      host: undefined,
    };
    const link = await TrackerLink.connect({
      ...target,
      signal,
      ...(early && { early }),
      onReached: (host) => (meeting.host = host),
      onTime: (nowMs) => hooks.onTime(meeting, nowMs),
      onConnected: async (calls, isFirst) => {
        if (!isFirst) await hooks.onReconnected(calls);
      },
      onNotification: (push) => hooks.onNotification(push),
      onEvent: (event) => hooks.onEvent(event),
    });
    return { link, meeting };
  }
}

export function engineClosed(): CancelledError {
  return new CancelledError('the engine is closed');
}
