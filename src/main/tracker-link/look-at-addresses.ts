/** Looks who answers at the addresses of a tracker that are not in use: a handshake each, and nothing is said. */
import { TRACKER_LOOK_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { dialAddress, noteFailure, type ReachTarget } from './dial-address.js';

/** Notes in the addresses how these fare; resolves within TRACKER_LOOK_MS. */
export async function lookAtAddresses(
  target: ReachTarget,
  which: readonly PeerAddress[],
): Promise<void> {
  await Promise.all(which.map((address) => look(target, address)));
}

async function look(target: ReachTarget, address: PeerAddress): Promise<void> {
  try {
    const signal = AbortSignal.timeout(TRACKER_LOOK_MS);
    const { tls } = await dialAddress(target, address, signal);
    tls.destroy();
    target.addresses.onAnswered(address);
  } catch (error) {
    noteFailure(target, address, error);
  }
}
