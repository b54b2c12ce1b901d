/** What a link into a group says; as a text it is terminal/invite-link.ts. */
import type { PeerAddress } from '../../net/tracker-api.js';

/** What a tracker has to prove before it is told anything. */
export type ExpectedTracker =
  | { readonly how: 'key'; readonly deviceId: string }
  /** That an authority of this machine vouches for its name. */
  | { readonly how: 'authority' };

export interface InviteLink {
  readonly tracker: PeerAddress;
  readonly expected: ExpectedTracker;
  readonly groupId: string;
  /** Lets in; the tracker knows its hash alone. */
  readonly secret: string;
}
