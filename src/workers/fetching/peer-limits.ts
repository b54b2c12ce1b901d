/** What a serving peer allows in WELCOME, checked, and never more than what we would do anyway. Pure. */
import { PeerError } from '../../net/errors.js';
import {
  DEFAULT_BLOCK_LENGTH,
  MAX_BLOCK_LENGTH,
  MAX_EARLY_REQUESTS,
  MAX_REQUESTS_IN_FLIGHT,
  MIN_BLOCK_LENGTH,
} from '../../net/limits.js';

export interface PeerLimits {
  /** Requests that may be unanswered. */
  readonly maxRequests: number;
  /** Bytes of one request. */
  readonly maxBlockLength: number;
}

/** What every server allows, before its WELCOME is here. */
export const EARLY_LIMITS: PeerLimits = {
  maxRequests: MAX_EARLY_REQUESTS,
  maxBlockLength: DEFAULT_BLOCK_LENGTH,
};

/**
 * The limits that WELCOME carries.
 * @throws PeerError PROTOCOL_VIOLATION for limits under which nothing could be fetched sensibly
 */
export function peerLimits({ maxRequests, maxBlockLength }: PeerLimits): PeerLimits {
  if (maxRequests < 1 || maxBlockLength < MIN_BLOCK_LENGTH) {
    throw new PeerError(
      'PROTOCOL_VIOLATION',
      `the peer allows ${maxRequests} requests of ${maxBlockLength} bytes`,
    );
  }
  return {
    maxRequests: Math.min(maxRequests, MAX_REQUESTS_IN_FLIGHT),
    maxBlockLength: Math.min(maxBlockLength, MAX_BLOCK_LENGTH),
  };
}
