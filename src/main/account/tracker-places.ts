/**
 * Where a tracker is, as far as this home knows it before it is dialled: what the user has said, what the
 * tracker told of itself, where it was reached last.
 */
import { isSha256Hex } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { RememberedSession } from '../home/session-file.js';
import { addressText } from '../tracker-link/address-text.js';
import type { KnownTrackers, Meeting } from '../tracker-link/known-trackers.js';
import { TrackerAddresses } from '../tracker-link/tracker-addresses.js';

export interface TrackerPlaces {
  /** By preference; at least one. */
  readonly said: readonly PeerAddress[];
  readonly learnt: readonly PeerAddress[];
  /** Where it was reached last. */
  readonly worked: PeerAddress | undefined;
  /** As what it is known to whoever logged in there. */
  readonly trackerId: string | undefined;
}

type KeptPlaces = Pick<RememberedSession, 'tracker' | 'said' | 'learnt'>;

/** Of addresses that somebody said just now. */
export function placesSaid(said: readonly PeerAddress[]): TrackerPlaces {
  return { said, learnt: [], worked: undefined, trackerId: undefined };
}

/** Of a login that a home keeps. */
export function placesKept({
  tracker,
  said = [tracker],
  learnt = [],
  trackerId,
}: Pick<RememberedSession, 'trackerId'> & KeptPlaces): TrackerPlaces {
  return { said, learnt, worked: tracker, trackerId };
}

/** As they are now of addresses that were dialled. */
export function placesOf(
  { current, said, learnt }: TrackerAddresses,
  trackerId: string,
): TrackerPlaces {
  return { said, learnt, worked: current, trackerId };
}

/** What a home keeps of them: no list where there is one address alone. */
export function keptOf({ said, learnt, worked = said[0] }: TrackerPlaces): KeptPlaces {
  const tracker = worked ?? bug('a tracker without an address');
  const isOne = said.length === 1 && hasAddress(said, tracker);
  return { tracker, ...(!isOne && { said }), ...(learnt.length > 0 && { learnt }) };
}

/**
 * Ready to be dialled by somebody who logs in: an address that this home does not know may be met for the
 * first time. @throws StorageError
 */
export async function addressesAt(
  places: TrackerPlaces,
  knownTrackers: Pick<KnownTrackers, 'howMet'>,
): Promise<TrackerAddresses> {
  const met = await meetingsAt(places.said, knownTrackers);
  const identity = met.find((one) => one.trackerId === places.trackerId) ?? met[0];
  return new TrackerAddresses({ ...places, identity });
}

/** The same to go on with a login of before: its token is told to nobody but whom it is of. @throws StorageError */
export async function addressesOfLogin(
  places: TrackerPlaces,
  knownTrackers: Pick<KnownTrackers, 'howMet'>,
): Promise<TrackerAddresses> {
  return new TrackerAddresses({ ...places, identity: await knownAs(places, knownTrackers) });
}

/**
 * As what a tracker is known to whoever logged in there, wherever that was; without a login, as it was met at the
 * first of its addresses where it was. What it told of itself is no meeting. @throws StorageError
 */
export async function knownAs(
  { said, trackerId }: Pick<TrackerPlaces, 'said' | 'trackerId'>,
  knownTrackers: Pick<KnownTrackers, 'howMet'>,
): Promise<Meeting | undefined> {
  const met = await meetingsAt(said, knownTrackers);
  if (trackerId === undefined) return met[0];
  return met.find((one) => one.trackerId === trackerId) ?? meetingOf(trackerId);
}

async function meetingsAt(
  said: readonly PeerAddress[],
  knownTrackers: Pick<KnownTrackers, 'howMet'>,
): Promise<readonly Meeting[]> {
  const met: Meeting[] = [];
  for (const one of said) {
    const meeting = await knownTrackers.howMet(one);
    if (meeting) met.push({ how: meeting.how, trackerId: meeting.trackerId });
  }
  return met;
}

/** Of a tracker that was met elsewhere: an id that is no key is the name for which an authority vouches. */
function meetingOf(trackerId: string): Meeting {
  return { how: isSha256Hex(trackerId) ? 'key' : 'authority', trackerId };
}

export function hasAddress(all: readonly PeerAddress[], address: PeerAddress): boolean {
  return all.some((one) => addressText(one) === addressText(address));
}
