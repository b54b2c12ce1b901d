/** Everyone who offers a content and of whom somebody is told who is seen at the places. */
import type { OnlinePeer } from '../../../src/net/tracker-api.js';
import type { Presence } from '../../../src/tracker/presence/presence.js';

export function allPeers(
  presence: Pick<Presence<never>, 'draw'>,
  groupId: string,
  fileId: string,
  places: readonly string[] = [],
): OnlinePeer[] {
  const most = { count: Infinity, maxPerUser: Infinity };
  // The last one changes places with itself, so that they come in their own order, from behind.
  const random = (): number => 0.999_999;
  const peers = presence.draw(groupId, fileId, { places, ...most, random, isKnown: () => false });
  return peers.reverse();
}
