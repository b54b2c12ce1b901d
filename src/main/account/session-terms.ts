/** On which terms a session is gone on with, and which refusals end it for good. Pure. */
import { TrackerError, type ErrorCode } from '../../net/errors.js';
import type { SessionInfo } from '../../net/tracker-api.js';

const ENDS_SESSION: ReadonlySet<ErrorCode> = new Set(['NOT_LOGGED_IN', 'PEERS_NOT_ENCRYPTED']);

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

/** There is nothing that says which tracker is meant. */
export function unnamedTracker(): never {
  throw new TrackerError(
    'BAD_ARGUMENT',
    'which tracker? name it with --tracker HOST[:PORT] or P2P_TRACKER',
  );
}
