/**
 * The places of connections that have shown a ticket: a share for each device, and when all are
 * taken, the user who holds most pays with the one that is idle longest. Pure: it calls what it was
 * handed.
 *
 *   taken → left (closed) | ended for another
 */
import { PeerError, type WireError } from '../../net/errors.js';
import { MAX_UPLOAD_SESSIONS, MAX_UPLOAD_SESSIONS_PER_DEVICE } from '../../net/limits.js';

/** One connection's place. */
export interface ProvenPlace {
  readonly userId: string;
  readonly deviceId: string;
  /** Nothing is asked for, and nothing is on its way. */
  readonly isIdle: boolean;
  /** Ends the connection; it has lost its place already. */
  end(reason: WireError): void;
}

export class ProvenPlaces {
  /** By the user who pays for them; the oldest first. */
  readonly #byUser = new Map<string, Set<ProvenPlace>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Takes a place, perhaps that of another.
   * @throws PeerError LIMIT_REACHED when the device has as many as it may, and uses all of them
   */
  take(place: ProvenPlace): void {
    this.#makeRoomForDevice(place);
    if (this.#count >= MAX_UPLOAD_SESSIONS) this.#makeRoom();
    const places = this.#byUser.get(place.userId);
    if (places) places.add(place);
    else this.#byUser.set(place.userId, new Set([place]));
    this.#count++;
  }

  /** Gives a place back. Idempotent. */
  leave(place: ProvenPlace): void {
    const places = this.#byUser.get(place.userId);
    if (!places?.delete(place)) return;
    this.#count--;
    if (places.size === 0) this.#byUser.delete(place.userId);
  }

  #makeRoomForDevice({ userId, deviceId }: ProvenPlace): void {
    const its = [...(this.#byUser.get(userId) ?? [])].filter((one) => one.deviceId === deviceId);
    if (its.length < MAX_UPLOAD_SESSIONS_PER_DEVICE) return;
    const idle = its.find(({ isIdle }) => isIdle);
    if (!idle) throw new PeerError('LIMIT_REACHED', 'this device has too many connections here');
    this.#endFor(idle);
  }

  #makeRoom(): void {
    let most: Set<ProvenPlace> | undefined;
    for (const places of this.#byUser.values()) {
      if (!most || places.size > most.size) most = places;
    }
    const candidates = [...(most ?? [])];
    const loser = candidates.find(({ isIdle }) => isIdle) ?? candidates[0];
    if (loser) this.#endFor(loser);
  }

  #endFor(place: ProvenPlace): void {
    this.leave(place);
    place.end({ code: 'BUSY', message: 'another peer needs this place; try again' });
  }
}
