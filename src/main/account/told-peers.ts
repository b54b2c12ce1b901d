/**
 * Who has one content, by both who tell it: the tracker, and the peers of one's own network. A device
 * is gone when neither tells of it any more; where both do, the address that was heard comes first.
 * Pure.
 */
import { withoutZone } from '../../net/address-scope.js';
import { MAX_ADDRESSES_PER_DEVICE, MAX_PEERS_REMEMBERED_PER_DOWNLOAD } from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';

/** What whoever watches the content has to hear. */
export interface PeerChange {
  readonly online: readonly OnlinePeer[];
  /** They share it no more. */
  readonly gone: readonly string[];
  /** Nobody hears of them any more, and none has said that it shares it no more. */
  readonly lost: readonly string[];
}

/** What the tracker tells; all of `gone` are lost, or none. */
export type TrackerChange = Omit<PeerChange, 'lost'> & { readonly lost?: true };

export class ToldPeers {
  readonly #byTracker = new Map<string, OnlinePeer>();
  readonly #byNetwork = new Map<string, OnlinePeer>();
  /** Of those that are heard yet: where the tracker told of them before it told of them no more. */
  readonly #lastTold = new Map<string, OnlinePeer>();
  /** Those of one's own network of which the tracker has said that they share it no more. */
  readonly #ended = new Set<string>();

  /** Everybody, as the tracker answers, and who was heard besides. */
  onAll(peers: readonly OnlinePeer[]): OnlinePeer[] {
    this.#byTracker.clear();
    for (const peer of peers) this.#note(peer);
    const further = [...this.#byNetwork.keys()].filter((id) => !this.#byTracker.has(id));
    // Those of one's own network are the first that are dialled.
    return [...further, ...peers.map(({ deviceId }) => deviceId)]
      .map((deviceId) => this.#peer(deviceId))
      .sort((one, other) => this.#distanceOf(one) - this.#distanceOf(other));
  }

  /** The tracker tells of a change. */
  onTracker({ online, gone, lost }: TrackerChange): PeerChange {
    for (const peer of online) this.#note(peer);
    for (const deviceId of gone) {
      const told = this.#byTracker.get(deviceId);
      if (told && this.#byNetwork.has(deviceId)) this.#lastTold.set(deviceId, told);
      this.#byTracker.delete(deviceId);
      if (!lost && this.#byNetwork.has(deviceId)) this.#ended.add(deviceId);
    }
    return this.#changeOf(online, gone, () => lost === true);
  }

  /** The network tells of one: who has gone there is silent. */
  onNetwork({ online, gone }: Omit<PeerChange, 'lost'>): PeerChange {
    for (const peer of online) this.#byNetwork.set(peer.deviceId, peer);
    for (const deviceId of gone) {
      this.#byNetwork.delete(deviceId);
      this.#lastTold.delete(deviceId);
    }
    const change = this.#changeOf(online, gone, (deviceId) => !this.#ended.has(deviceId));
    for (const deviceId of gone) this.#ended.delete(deviceId);
    return change;
  }

  #changeOf(
    online: readonly OnlinePeer[],
    gone: readonly string[],
    isLost: (deviceId: string) => boolean,
  ): PeerChange {
    const away = gone.filter((deviceId) => !this.#has(deviceId));
    const left = gone.filter((deviceId) => this.#has(deviceId));
    const present = [...online.map(({ deviceId }) => deviceId), ...left];
    return {
      online: [...new Set(present)].map((deviceId) => this.#peer(deviceId)),
      gone: away.filter((deviceId) => !isLost(deviceId)),
      lost: away.filter(isLost),
    };
  }

  #note(peer: OnlinePeer): void {
    this.#ended.delete(peer.deviceId);
    this.#forgetWhereItWas(peer);
    this.#byTracker.delete(peer.deviceId);
    this.#byTracker.set(peer.deviceId, peer);
    const [oldest] = this.#byTracker.keys();
    if (this.#byTracker.size > MAX_PEERS_REMEMBERED_PER_DOWNLOAD && oldest !== undefined) {
      this.#byTracker.delete(oldest);
    }
  }

  /** An address of which the tracker told, and does not any more, has gone, whoever heard it there. */
  #forgetWhereItWas({ deviceId, addresses }: OnlinePeer): void {
    // One that went away with its address may have lost the tracker in between.
    const before = this.#byTracker.get(deviceId) ?? this.#lastTold.get(deviceId);
    this.#lastTold.delete(deviceId);
    const heard = this.#byNetwork.get(deviceId);
    if (!before || !heard) return;
    const now = new Set(addresses.map(keyOf));
    const gone = new Set(before.addresses.map(keyOf).filter((key) => !now.has(key)));
    const left = heard.addresses.filter((one) => !gone.has(keyOf(one)));
    if (left.length === 0) this.#byNetwork.delete(deviceId);
    else this.#byNetwork.set(deviceId, { ...heard, addresses: left });
  }

  #has(deviceId: string): boolean {
    return this.#byTracker.has(deviceId) || this.#byNetwork.has(deviceId);
  }

  #distanceOf({ deviceId }: OnlinePeer): number {
    return this.#byNetwork.has(deviceId) ? 0 : 1;
  }

  #peer(deviceId: string): OnlinePeer {
    const told = this.#byTracker.get(deviceId);
    const heard = this.#byNetwork.get(deviceId);
    const known = (told ?? heard)!;
    const addresses = eachOnce([...(heard?.addresses ?? []), ...(told?.addresses ?? [])]);
    const complete = told?.complete === true || heard?.complete === true;
    return { ...known, addresses, complete };
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${withoutZone(host)} ${port}`;
}

function eachOnce(addresses: readonly PeerAddress[]): PeerAddress[] {
  const found = new Map<string, PeerAddress>();
  for (const one of addresses) {
    const key = keyOf(one);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()].slice(0, MAX_ADDRESSES_PER_DEVICE);
}
