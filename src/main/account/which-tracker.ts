/**
 * Which tracker is meant when none was named: that of the remembered login, else the only one this home has
 * ever met, which it still knows after `create-user` and after `logout`.
 */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from '../home/home.js';
import { readSession } from '../home/session-file.js';
import { KnownTrackers } from '../tracker-link/known-trackers.js';

/** The tracker; undefined when none, or more than one, may be meant. @throws StorageError */
export async function whichTracker(home: Home): Promise<PeerAddress | undefined> {
  // A damaged login says nothing; whoever logs in replaces it.
  const remembered = await readSession(home).catch(() => undefined);
  return remembered?.tracker ?? new KnownTrackers(home).onlyOne();
}
