/**
 * What a tracker that closes tells its clients in the reason of the WebSocket's close: within which time they come
 * back, each at a moment that it draws, so that they do not come all at once. Pure.
 */
import { MAX_RETURN_SPREAD_MS, RECONNECT_MIN_MS, RETURNS_PER_SECOND } from './limits.js';

const FORM = /^\{"retryAfterMs":(\d{1,9})\}$/;

/** The reason of the close, for so many clients; empty for a few, who need no advice. */
export function encodeReturnAdvice(clients: number): string {
  const spreadMs = Math.min(MAX_RETURN_SPREAD_MS, Math.ceil((clients * 1000) / RETURNS_PER_SECOND));
  return spreadMs <= RECONNECT_MIN_MS ? '' : JSON.stringify({ retryAfterMs: spreadMs });
}

/** The time in a reason, never longer than a client waits for anybody; undefined where there is none. */
export function decodeReturnAdvice(reason: string): number | undefined {
  const spreadMs = FORM.exec(reason)?.[1];
  return spreadMs === undefined ? undefined : Math.min(MAX_RETURN_SPREAD_MS, Number(spreadMs));
}
