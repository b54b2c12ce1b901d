/**
 * Peers that opened a file for a download and are silent since: how soon each is dialled again, and for how long. The
 * tracker tells of one that went with its connection that it is lost, which is not that it shares the file no more: the
 * link of such a one may be away, and nobody hears of its return before it has found the tracker. Only the address at
 * which it has proven its key is dialled, so that nobody can have others dial strangers. Pure.
 */
import type { ErrorCode, WireError } from '../../net/errors.js';
import {
  LOST_PEER_KEPT_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_OPENED_MAX_MS,
  SILENT_PEER_AWAITED_MS,
} from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';

/** Where a peer opened the file, and when something came from it last; by the download's clock. */
export interface Meeting {
  readonly address: PeerAddress;
  readonly heardAtMs: number;
}

/**
 * What a source of peers says: it has the file; it is not heard of any more, and has not said that it shares it no
 * more; it shares it no more, or was never met.
 */
export type Standing = 'online' | 'lost' | 'gone';

/** An attempt that has ended. */
export interface Attempt {
  readonly dialledAtMs: number;
  /** It has opened the file. */
  readonly isReady: boolean;
  /** Consecutive ones, this one included. */
  readonly failures: number;
}

/** What whoever is there, and means it, answers to a file that it does not serve to us; or it is another one. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'NO_SUCH_FILE',
  'NOT_A_MEMBER',
  'NOT_SHARED',
  'PEER_IDENTITY',
  'REVOKED',
]);

/** True when an attempt has ended so that nothing is to be expected of a next one. */
export function isRefusal(error: WireError | undefined): boolean {
  return error !== undefined && (REFUSALS as ReadonlySet<string>).has(error.code);
}

/**
 * Milliseconds until the next attempt. One that may be back any moment is tried at a steady pace, counted from the
 * beginning of the last attempt: that may have hung for long.
 */
export function redialWaitMs(
  { dialledAtMs, isReady, failures }: Attempt,
  met: Meeting | undefined,
  nowMs: number,
): number {
  const growingMs = REDIAL_MIN_MS * 2 ** (failures - 1);
  if (isReady) return Math.min(REDIAL_OPENED_MAX_MS, growingMs);
  if (!met || nowMs - met.heardAtMs >= SILENT_PEER_AWAITED_MS) {
    return Math.min(REDIAL_MAX_MS, growingMs);
  }
  const leftMs = dialledAtMs + REDIAL_OPENED_MAX_MS - nowMs;
  return Math.min(growingMs, Math.max(REDIAL_MIN_MS, leftMs));
}

/** True while one that is lost is dialled at all. */
export function isKept({ heardAtMs }: Meeting, nowMs: number): boolean {
  return nowMs - heardAtMs < LOST_PEER_KEPT_MS;
}

/** The peer as it is dialled while it is lost: nobody calls it, and no relay meets it. */
export function lostPeer(
  { deviceId, userId, complete }: OnlinePeer,
  { address }: Meeting,
): OnlinePeer {
  return { deviceId, userId, addresses: [address], complete };
}
