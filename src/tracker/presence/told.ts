/**
 * Who is told of a device, and with which addresses. A device is counted at places, so that those of
 * whom somebody is told are found without a look at each: the places of any one device that some
 * watcher looks at are one at most. Pure.
 */
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import { CALLERS, type DevicePresence, type ToldReach } from './presence.js';

/** The place of those who are told of by everybody. */
const EVERYWHERE = '';
const NOWHERE: readonly string[] = [];

/** At which places a device is counted: whoever is told of it looks at exactly one of them. */
export function placesOf({
  addresses,
  nearby,
  calls,
  isUnreached,
}: DevicePresence): readonly string[] {
  if (addresses.length > 0) return [EVERYWHERE];
  const near = nearby?.[0]?.to;
  if (calls !== true || isUnreached !== true) return near === undefined ? NOWHERE : [near];
  return near === undefined ? [CALLERS] : [CALLERS, uncalled(near)];
}

/** The places at which somebody looks who is seen at these. */
export function lookedAt(places: readonly string[]): readonly string[] {
  return [EVERYWHERE, ...places, ...(places.includes(CALLERS) ? [] : places.map(uncalled))];
}

/** A place of those who know of no calls. */
function uncalled(place: string): string {
  return `${place} without calls`;
}

export function addressesTold(
  { addresses, nearby }: ToldReach,
  places: readonly string[],
): readonly PeerAddress[] {
  const near = nearby?.findLast(({ to }) => places.includes(to))?.addresses ?? [];
  return near.length > 0 ? [...addresses, ...near] : addresses;
}

/** A peer as somebody is told of it who is seen at these places; undefined when it is not told of. */
export function asTold(
  presence: DevicePresence,
  complete: boolean,
  places: readonly string[],
): OnlinePeer | undefined {
  const { deviceId, userId, calls = false, isUnreached = false } = presence;
  const told = addressesTold(presence, places);
  const isCallable = calls && places.includes(CALLERS);
  if (told.length === 0 && !(isCallable && isUnreached)) return undefined;
  return { deviceId, userId, addresses: told, complete, ...(isCallable && { calls }) };
}
