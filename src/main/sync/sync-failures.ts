/** What an error means for a sync: that all of it ends, that it passes, that it was overtaken. Pure. */
import type { ErrorCode, P2pError } from '../../net/errors.js';
import type { SyncRequest } from '../api/sync.js';

/** The sync as a whole cannot go on. */
const ENDING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['NOT_LOGGED_IN', 'NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NO_DEVICE'] as const),
  ...(['ACCOUNT_DISABLED', 'IDENTITY_CHANGED', 'HOME_IN_USE', 'NO_DESTINATION'] as const),
  ...(['CANCELLED', 'INTERRUPTED', 'TERMINATED', 'PEERS_NOT_ENCRYPTED'] as const),
]);
/** The tracker may be asked again soon. */
export const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['BUSY', 'TRACKER_UNREACHABLE', 'CONNECTION_LOST', 'TIMEOUT', 'TRACKER_STORAGE'] as const),
]);
/** Something has changed while it was worked on: the next look says what is to be done. */
export const OVERTAKEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['NAME_TAKEN', 'REPLACED', 'FILE_CHANGED', 'NO_SUCH_FILE', 'NOT_SHARED'] as const),
]);

/** Nothing can go on, or it is to end and would have to wait. */
export function isEnding({ code }: P2pError, { isOnce }: SyncRequest): boolean {
  return ENDING.has(code) || (isOnce && PASSING.has(code) && code !== 'TIMEOUT');
}
