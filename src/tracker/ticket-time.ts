/**
 * The time on tickets and in what clients are told of it: the machine's time as it was when the
 * tracker started, moved on by a clock that nobody sets. A tracker whose clock is set, by an hour or
 * by days, makes no ticket invalid by that. After a restart every client is told the time anew.
 */
import type { Clock } from './clock.js';

/** Starts the time of one run of a tracker; `nowMs` is asked once, and may be of the server that several have in common. */
export function startTicketTime({
  nowMs,
  uptimeMs,
}: Pick<Clock, 'nowMs' | 'uptimeMs'>): () => number {
  const aheadMs = nowMs() - uptimeMs();
  return () => Math.round(aheadMs + uptimeMs());
}
