/**
 * Peers of a download whose connections have fallen silent while nobody delivers: each is looked for beside them, by a
 * handshake in which nothing is said. One that is found at once is only slow, and left in peace. One that is found after
 * it was looked for in vain was away, and its connections are as good as dead: TCP repeats what was lost on them after as
 * long again as the network was away. Owns the looks and their pauses; knows nothing of connections.
 *
 *   a device: looking ⇄ pausing (it was away) → back | pausing (it is slow)       it is heard: → forgotten
 */
import { crash, detach } from '../../net/detach.js';
import type { Later } from '../../net/later.js';
import {
  BACK_PEER_GRACE_MS,
  MAX_SILENT_PEERS_LOOKED_FOR,
  SILENT_PEER_LOOK_MS,
  SILENT_PEER_PAUSE_MS,
  SLOW_PEER_PAUSE_MS,
} from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** A device that is silent, and where it has proven its key. */
export interface SilentPeer {
  readonly deviceId: string;
  readonly address: PeerAddress;
}

/** Whether the device answers there; resolves soon after it was called off at the latest. */
export type LookAtPeer = (peer: SilentPeer, calledOff: AbortSignal) => Promise<boolean>;

export interface SilentWaysOptions {
  readonly look: LookAtPeer;
  readonly later: Later;
  /** It was away and is back. */
  readonly onBack: (deviceId: string) => void;
}

interface Looking {
  /** A look was in vain. */
  wasAway: boolean;
  isPausing: boolean;
  isForgotten: boolean;
  /** Ends the look, or the pause. */
  cancel: () => void;
}

export class SilentWays {
  readonly #options: SilentWaysOptions;
  readonly #devices = new Map<string, Looking>();

  constructor(options: SilentWaysOptions) {
    this.#options = options;
  }

  /** These are silent just now, and no others. */
  onSilent(peers: readonly SilentPeer[]): void {
    const silent = new Set(peers.map(({ deviceId }) => deviceId));
    for (const [deviceId, looking] of this.#devices) {
      // Whoever is slow is not looked for again and again because it says something in between.
      const isSlow = looking.isPausing && !looking.wasAway;
      if (!silent.has(deviceId) && !isSlow) this.#forget(deviceId);
    }
    for (const peer of peers) {
      if (this.#devices.size >= MAX_SILENT_PEERS_LOOKED_FOR) return;
      if (!this.#devices.has(peer.deviceId)) this.#look(peer, false);
    }
  }

  /** Idempotent. */
  close(): void {
    for (const deviceId of [...this.#devices.keys()]) this.#forget(deviceId);
  }

  #look(peer: SilentPeer, wasAway: boolean): void {
    const over = new AbortController();
    const cancel = (): void => over.abort();
    const looking: Looking = { wasAway, isPausing: false, isForgotten: false, cancel };
    this.#devices.set(peer.deviceId, looking);
    const stopLate = this.#options.later(SILENT_PEER_LOOK_MS, cancel);
    detach(async () => {
      const isThere = await this.#options.look(peer, over.signal);
      stopLate();
      if (!looking.isForgotten) this.#onLooked(peer, looking, isThere);
    }, crash);
  }

  #onLooked(peer: SilentPeer, looking: Looking, isThere: boolean): void {
    const { later, onBack } = this.#options;
    looking.isPausing = true;
    if (!isThere) {
      looking.wasAway = true;
      looking.cancel = later(SILENT_PEER_PAUSE_MS, () => this.#look(peer, true));
    } else if (looking.wasAway) {
      // What it sends on the connections that are there may be on its way.
      looking.cancel = later(BACK_PEER_GRACE_MS, () => {
        this.#devices.delete(peer.deviceId);
        onBack(peer.deviceId);
      });
    } else {
      looking.cancel = later(SLOW_PEER_PAUSE_MS, () => this.#devices.delete(peer.deviceId));
    }
  }

  #forget(deviceId: string): void {
    const looking = this.#devices.get(deviceId);
    if (!looking) return;
    looking.isForgotten = true;
    looking.cancel();
    this.#devices.delete(deviceId);
  }
}
