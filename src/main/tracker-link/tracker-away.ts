/** What passes by itself: the tracker is away, or too busy to answer. */
import { P2pError, type ErrorCode } from '../../net/errors.js';

const PASSING: ReadonlySet<ErrorCode> = new Set([
  'TRACKER_UNREACHABLE',
  'CONNECTION_LOST',
  'TIMEOUT',
  'BUSY',
]);

/** Whether it is worth while to ask again later. */
export function isTrackerAway(error: unknown): error is P2pError {
  return error instanceof P2pError && PASSING.has(error.code);
}
