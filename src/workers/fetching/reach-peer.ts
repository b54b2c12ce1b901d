/** How the peer of a session is reached: dialled, or met on a way on which nobody is dialled. */
import type { OnReadOpts, Socket } from 'node:net';
import type { PeerAddress } from '../../net/tracker-api.js';
import { meetPeer } from '../dialling/meet-peer.js';
import { dialPeer } from '../dialling/peer-dialer.js';
import type { PeerSessionTask, PeerSessionToMain } from '../messages/peer-session.js';

/** How a peer was met that was not dialled. */
export type HowMet = Pick<Extract<PeerSessionToMain, { type: 'ready' }>, 'way' | 'relayedBy'>;

/** A connection, and how it came about. */
export interface Reached {
  readonly socket: Socket;
  readonly address: PeerAddress;
  readonly how: HowMet | undefined;
  /** Addresses whose turn did not come. */
  readonly undialled: readonly PeerAddress[];
}

export interface ReachOptions {
  /** Where a socket that is dialled puts what it reads. */
  readonly onread: OnReadOpts;
  /** A machine has accepted the connection, whoever it is. */
  readonly onAccepted: (latencyMs: number) => void;
  readonly signal: AbortSignal;
}

/**
 * @throws PeerError when nobody was there, or the wrong one
 * @throws StorageError SYSTEM_LIMIT when this process has nothing left to dial with
 */
export async function reachPeer(task: PeerSessionTask, options: ReachOptions): Promise<Reached> {
  if (!task.met) return { ...(await dialPeer({ ...task, ...options })), how: undefined };
  const { socket, address, ...by } = await meetPeer(task.met, task, options.signal);
  return { socket, address, how: { way: task.met.way, ...by }, undialled: [] };
}
