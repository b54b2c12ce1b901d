/**
 * Which sessions of a download are quiet, and what that is a sign of: a way that may be gone, a peer that may be away, a
 * place that is held for nothing. Pure; whoever owns the sessions says what is done about it.
 */
import { MUTE_PLACE_MS, PATH_SILENCE_MS, PEER_SILENCE_MS } from '../../net/limits.js';
import type { KnownPeer } from './known-peer.js';
import type { SilentPeer } from './silent-ways.js';

/** Those whose way came into doubt, and on which nothing has come since. */
export function stillDoubtful(holders: readonly KnownPeer[], nowMs: number): KnownPeer[] {
  return holders.filter(
    ({ doubtfulSinceMs, lastByteMs }) =>
      doubtfulSinceMs !== undefined && nowMs - lastByteMs >= PATH_SILENCE_MS,
  );
}

/** Nothing has come on it for so long that its peer may be away. */
export function isSilent({ lastByteMs }: KnownPeer, nowMs: number): boolean {
  return nowMs - lastByteMs >= PEER_SILENCE_MS;
}

/**
 * The peers to look for, while every open session is silent: those of whom something is wanted, each once. Only where they
 * have proven their key in this very download: nobody has others dial strangers.
 */
export function silentPeers(
  holders: readonly KnownPeer[],
  nowMs: number,
  isWanted: (known: KnownPeer) => boolean,
): SilentPeer[] {
  const open = holders.filter(({ isReady }) => isReady);
  if (!open.every((known) => isSilent(known, nowMs))) return [];
  const places = new Map<string, SilentPeer>();
  for (const known of open) {
    const { met, way, peer } = known;
    if (!met || way !== 'dialled' || !isWanted(known)) continue;
    places.set(peer.deviceId, { deviceId: peer.deviceId, address: met.address });
  }
  return [...places.values()];
}

/** Those that hold a place and have brought nothing of the file for long. */
export function muteSessions(holders: readonly KnownPeer[], nowMs: number): KnownPeer[] {
  return holders.filter(({ muteSinceMs = nowMs }) => nowMs - muteSinceMs >= MUTE_PLACE_MS);
}

/** Somebody has sent something not long ago. */
export function isDelivered(holders: readonly KnownPeer[], nowMs: number): boolean {
  return holders.some(({ isReady, lastByteMs }) => isReady && nowMs - lastByteMs < MUTE_PLACE_MS);
}
