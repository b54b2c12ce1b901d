/** On which terms a session is gone on with, and which refusals end it for good. Pure. */
import { TrackerError, type ErrorCode } from '../../net/errors.js';
import type { PeerAddress, SessionInfo } from '../../net/tracker-api.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import type { Account } from '../home/library-records.js';
import { addressText } from '../tracker-link/address-text.js';
import type { Meeting } from '../tracker-link/known-trackers.js';
import { hasAddress, type TrackerPlaces } from './tracker-places.js';

const ENDS_SESSION: ReadonlySet<ErrorCode> = new Set([
  'NOT_LOGGED_IN',
  'ACCOUNT_DISABLED',
  'PEERS_NOT_ENCRYPTED',
]);

/** True for a refusal that trying again does not help against. */
export function isEndOfSession(error: unknown): error is TrackerError {
  return error instanceof TrackerError && ENDS_SESSION.has(error.code);
}

/** @throws TrackerError NOT_LOGGED_IN */
export function notLoggedIn(): never {
  throw new TrackerError('NOT_LOGGED_IN', 'nobody is logged in; log in first with `login`');
}

/**
 * The tracker says how peers talk; who insists on TLS takes no other answer.
 * @throws TrackerError PEERS_NOT_ENCRYPTED
 */
export function requireEncryption(
  required: 'tls' | undefined,
  { peerTransport }: Pick<SessionInfo, 'peerTransport'>,
): void {
  if (required === undefined || peerTransport === required) return;
  throw new TrackerError(
    'PEERS_NOT_ENCRYPTED',
    'the peers of this tracker talk without encryption, and --peer-transport tls refuses that',
  );
}

/**
 * Whoever is logged in here stays at that tracker; a link may name the same one by another address. Where both know
 * it by its key, that decides alone, else an address that the user said: what a tracker tells of itself does not, or
 * it would be handed what a link to another one is worth. `met`: how that of the session was.
 * @throws TrackerError BAD_ARGUMENT when it is of another tracker
 */
export function requireSameTracker(
  present: {
    readonly account: Account;
    readonly tracker: PeerAddress;
    readonly places: TrackerPlaces;
  },
  met: Meeting | undefined,
  tracker: PeerAddress,
  expected: ExpectedTracker,
): void {
  const { account, places } = present;
  const isSame =
    expected.how === 'key' && met?.how === 'key'
      ? met.trackerId === expected.deviceId
      : hasAddress(places.said, tracker);
  if (isSame) return;
  throw new TrackerError(
    'BAD_ARGUMENT',
    `you are logged in as ${account.userId} at ${addressText(present.tracker)}, and this link is of ${addressText(tracker)}; log out first with \`logout\`, or use another home (P2P_HOME)`,
  );
}

/** There is nothing that says which tracker is meant. */
export function unnamedTracker(): never {
  throw new TrackerError(
    'BAD_ARGUMENT',
    'which tracker? name it with --tracker HOST[:PORT] or P2P_TRACKER',
  );
}
