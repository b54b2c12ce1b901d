/**
 * Connections that came because of a call, between the listener that accepted them and the session that
 * downloads over them: a socket stays in its thread, so the session is begun in this one. Owns a
 * connection while it is parked; one that nobody takes in time is closed.
 */
import type { TLSSocket } from 'node:tls';
import { CALL_TIMEOUT_MS, MAX_CALLS_AT_A_TIME } from '../../net/limits.js';

interface Parked {
  readonly socket: TLSSocket;
  readonly timer: NodeJS.Timeout;
}

/** By the call that it answers; of this thread. */
const parked = new Map<string, Parked>();

/** Keeps a connection on which nothing is being read until it is taken; false when there are too many. */
export function parkSocket(callId: string, socket: TLSSocket): boolean {
  if (parked.size >= MAX_CALLS_AT_A_TIME || parked.has(callId)) return false;
  const timer = setTimeout(() => socket.destroy(), CALL_TIMEOUT_MS);
  parked.set(callId, { socket, timer });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearTimeout(timer);
    if (parked.get(callId)?.socket === socket) parked.delete(callId);
  });
  return true;
}

/** The connection, which is the caller's from now on; undefined when it has gone. */
export function takeParked(callId: string): TLSSocket | undefined {
  const found = parked.get(callId);
  if (!found) return undefined;
  clearTimeout(found.timer);
  parked.delete(callId);
  return found.socket;
}
