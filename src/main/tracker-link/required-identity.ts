/** What whoever answers at an address has to show before it is told anything. Pure. */
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import type { TrackerIdentity } from '../../net/tls-identity.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import { addressText } from './address-text.js';
import type { TrackerAddresses } from './tracker-addresses.js';

/** What a link says of its tracker. @throws TrackerError INVITE_INVALID */
export function requireExpected(
  tracker: PeerAddress,
  expected: ExpectedTracker,
  { deviceId, isVouched }: TrackerIdentity,
): void {
  if (expected.how === 'key' ? deviceId === expected.deviceId : isVouched) return;
  const lack =
    expected.how === 'key'
      ? `it shows the key SHA256:${deviceId}, and the link names SHA256:${expected.deviceId}`
      : 'no authority of this machine vouches for it';
  throw new TrackerError(
    'INVITE_INVALID',
    `the tracker at ${addressText(tracker)} is not the one that this link is of: ${lack}; nothing was told to it, ask whoever sent the link`,
  );
}

/**
 * One tracker is the same at all of its addresses: it shows the same key, or, where an authority vouches for
 * it, one does for each of its names. @throws TrackerError IDENTITY_CHANGED
 */
export function requireIdentity(
  { identity, current }: Pick<TrackerAddresses, 'identity' | 'current'>,
  tracker: PeerAddress,
  { deviceId, isVouched }: TrackerIdentity,
): void {
  if (identity === undefined) return;
  if (identity.how === 'key' ? deviceId === identity.trackerId : isVouched) return;
  const [here, there] = [addressText(tracker), addressText(current)].map((one) => display(one));
  // Nothing else to compare with: the login was made at an address that is not noted (any more).
  if (here === there) {
    const before =
      identity.how === 'key' ? `SHA256:${identity.trackerId}` : 'the word of an authority';
    throw new TrackerError(
      'IDENTITY_CHANGED',
      `the tracker at ${here} shows the key SHA256:${deviceId}, and the login of this home was made with ${before}: it is another one, or someone may be listening in between; nothing was told to it, log in anew with \`login\` if you expect that`,
    );
  }
  const lack =
    identity.how === 'key'
      ? `shows the key SHA256:${deviceId}, and the tracker at ${there} is known by SHA256:${identity.trackerId}`
      : `has no authority's word, as the one at ${there} has (it shows SHA256:${deviceId})`;
  throw new TrackerError(
    'IDENTITY_CHANGED',
    `the tracker at ${here} ${lack}: it is another one, or someone may be listening in between; nothing was told to it, leave that address out`,
  );
}
