/**
 * Who may hold the places of one download: half of them are kept for peers that have the whole file,
 * each user has few devices at a time, and few dials may be unproven. Pure: it is shown who holds and
 * who wants a place, and says what stands in the way.
 */
import {
  MAX_DEVICES_PER_USER,
  MAX_PEERS_PER_DOWNLOAD,
  MAX_UNPROVEN_DIALS_PER_DOWNLOAD,
} from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';

/** A connection that holds a place. */
export interface PlaceHolder {
  readonly peer: OnlinePeer;
  /** It has opened the file. */
  readonly isReady: boolean;
}

/** What keeps somebody from a place: true for the holders of whom one would have to go. */
export type Obstacle = (holder: PlaceHolder) => boolean;

/** Places that peers without the whole file may hold. */
const MAX_PARTIAL_PEERS = MAX_PEERS_PER_DOWNLOAD / 2;

const anybody: Obstacle = () => true;
const whoHasNotOpened: Obstacle = ({ isReady }) => !isReady;
const whoHasAPart: Obstacle = ({ peer }) => !peer.complete;

/** Counts what the holders of all places take, once for any number of candidates. */
export class DownloadPlaces {
  readonly #devicesByUser = new Map<string, Set<string>>();
  #count = 0;
  #partialCount = 0;
  #unprovenCount = 0;

  constructor(holders: Iterable<PlaceHolder>) {
    for (const holder of holders) this.add(holder);
  }

  /** One more place is held. */
  add({ peer, isReady }: PlaceHolder): void {
    this.#count++;
    if (!peer.complete) this.#partialCount++;
    if (!isReady) this.#unprovenCount++;
    const devices = this.#devicesByUser.get(peer.userId);
    if (devices) devices.add(peer.deviceId);
    else this.#devicesByUser.set(peer.userId, new Set([peer.deviceId]));
  }

  /** Why this peer gets no place now; undefined when it does. */
  obstacleFor({ userId, deviceId, complete }: OnlinePeer): Obstacle | undefined {
    const devices = this.#devicesByUser.get(userId);
    if (devices && devices.size >= MAX_DEVICES_PER_USER && !devices.has(deviceId)) {
      return ({ peer }) => peer.userId === userId;
    }
    if (!complete && this.#partialCount >= MAX_PARTIAL_PEERS) return whoHasAPart;
    if (this.#count >= MAX_PEERS_PER_DOWNLOAD) return anybody;
    if (this.#unprovenCount >= MAX_UNPROVEN_DIALS_PER_DOWNLOAD) return whoHasNotOpened;
    return undefined;
  }
}
