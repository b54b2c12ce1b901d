/**
 * A failure for programs: what `--json` prints on standard output, beside what the command had as its result by
 * then. The sentence for people goes to standard error all the same.
 */
import { exitStatusOf, P2pError, asForeseen, toWireError } from '../../net/errors.js';
import type { PeerProgress } from '../api/progress.js';
import { peerRecord, type PeerRecord } from './peer-record.js';

/** What programs get of an error. */
interface Failure {
  readonly code: string;
  readonly message: string;
  /** The exit status. */
  readonly status: number;
  /** How the words should have looked. */
  readonly hint?: string;
  /** Of a download: who was asked for pieces, and what came of it. */
  readonly peers?: readonly FailedPeer[];
}

/** One peer of a download that failed. */
type FailedPeer = PeerRecord<Pick<PeerProgress, 'userId' | 'address' | 'state' | 'bytes'>> & {
  readonly reason?: string;
};

const peersByError = new WeakMap<P2pError, readonly PeerProgress[]>();

/** Notes whom a download had asked when it failed, for whoever prints the error. */
export function withPeers(error: unknown, peers: readonly PeerProgress[]): unknown {
  if (error instanceof P2pError) peersByError.set(error, peers);
  return error;
}

/** `{"error":{"code","message","status"}}`, with a `hint` if there is one, of a failed download with `peers`. */
export function failureOf(thrown: unknown, hint?: string): { readonly error: Failure } {
  const error = asForeseen(thrown);
  const status = exitStatusOf(error);
  const peers = error instanceof P2pError ? peersByError.get(error) : undefined;
  const told = peers && { peers: peers.map(failedPeer) };
  return { error: { ...toWireError(error), status, ...(hint !== undefined && { hint }), ...told } };
}

function failedPeer({ userId, address, state, bytes, reason }: PeerProgress): FailedPeer {
  return {
    ...peerRecord({ userId, address, state, bytes }),
    ...(reason !== undefined && { reason }),
  };
}
