/** The addresses of the tracker that somebody named. Pure. */
import type { NamedTracker } from '../api/engine-api.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** By preference; none when no tracker was named. */
export function trackersOf(named: NamedTracker): readonly PeerAddress[] {
  return withoutTracker(named).trackers;
}

/** The same, and what else was said. */
export function withoutTracker<T extends NamedTracker>({
  tracker,
  furtherTrackers = [],
  ...rest
}: T): { trackers: readonly PeerAddress[]; rest: Omit<T, keyof NamedTracker> } {
  return { trackers: tracker === undefined ? [] : [tracker, ...furtherTrackers], rest };
}
