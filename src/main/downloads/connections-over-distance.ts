/** How many connections one peer is worth when the way to it is long. Pure. */
import {
  FAR_BYTES_PER_CONNECTION,
  LATENCY_PER_CONNECTION_MS,
  MAX_CONNECTIONS_PER_FAR_PEER,
} from '../../net/limits.js';

export interface Distance {
  /** From a question to the peer to the first sign of its answer. */
  readonly latencyMs: number;
  /** Bytes that are to be fetched yet, from all peers. */
  readonly lackingBytes: number;
  /** Peers that share the work. */
  readonly peers: number;
}

/**
 * Connections to each of the peers: a connection delivers at most what its windows hold in one
 * round trip, and what one loss costs it grows with the latency too. At least one.
 */
export function connectionsOverDistance({ latencyMs, lackingBytes, peers }: Distance): number {
  const byLatency = Math.min(
    Math.floor(latencyMs / LATENCY_PER_CONNECTION_MS),
    MAX_CONNECTIONS_PER_FAR_PEER,
  );
  const byBytes = Math.floor(lackingBytes / FAR_BYTES_PER_CONNECTION);
  return Math.max(1, Math.ceil(Math.min(byLatency, byBytes) / Math.max(1, peers)));
}
