/**
 * Which tracker is meant when none was named: that of the remembered login, else the only one this home has
 * ever met, which it still knows after `create-user` and after `logout`.
 */
import type { Home } from '../home/home.js';
import { readSession } from '../home/session-file.js';
import { KnownTrackers } from '../tracker-link/known-trackers.js';
import { placesKept, placesSaid, type TrackerPlaces } from './tracker-places.js';

/** Where it is; undefined when none, or more than one, may be meant. @throws StorageError */
export async function whichTracker(home: Home): Promise<TrackerPlaces | undefined> {
  // A damaged login says nothing; whoever logs in replaces it.
  const remembered = await readSession(home).catch(() => undefined);
  if (remembered) return placesKept(remembered);
  const met = await new KnownTrackers(home).onlyOne();
  return met.length > 0 ? placesSaid(met) : undefined;
}
