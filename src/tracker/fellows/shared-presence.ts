/**
 * Who is online at all trackers: the devices of this one, and a copy of those of the others. Every device belongs to the
 * tracker that it is connected to, and that one alone says what it offers. A device that is online at several belongs to
 * the one where it came last: its stamp is higher.
 *
 * Owns the stamps of the own devices. What changes of those is told to `onOwnChange`, so that the others hear of it.
 */
import { MAX_ANNOUNCED_IN_TOTAL } from '../../net/limits.js';
import type { Wanted } from '../presence/draw.js';
import { MemoryPresence, type HeldDevice } from '../presence/presence-memory.js';
import type {
  DevicePresence,
  Presence,
  PresenceCounts,
  PresenceListener,
  SwarmSize,
  ToldReach,
} from '../presence/presence.js';
import { FellowHolder, type DeviceHolder, type PassOn } from './device-holder.js';
import type { ToldDevice } from './bus-codec.js';

/** What changed of a device of this tracker: all of it, or one of its offers. */
export type OwnChange = (
  deviceId: string,
  offer?: { readonly groupId: string; readonly fileId: string },
) => void;

export interface SharedPresenceOptions {
  /** Of this tracker, for each of its runs another one. */
  readonly tracker: string;
  readonly onChange: PresenceListener;
  readonly onOwnChange: OwnChange;
  /** A device of this tracker is online at another one now; its connection was ended. */
  readonly onTakenOver: (deviceId: string) => void;
  readonly passOn: PassOn;
  /** Other trackers are heard, so that each says of its own devices what is withdrawn. */
  readonly isHeard: () => boolean;
  readonly nowMs: () => number;
}

export class SharedPresence implements Presence<DeviceHolder> {
  readonly #options: SharedPresenceOptions;
  readonly #memory: MemoryPresence<DeviceHolder>;
  /** Of the devices of this tracker. */
  readonly #stamps = new Map<string, number>();
  #lastStamp = 0;
  /** What changes now is told at once, and not offer by offer. */
  #isWholeDevice = false;

  constructor(options: SharedPresenceOptions) {
    this.#options = options;
    this.#memory = new MemoryPresence<DeviceHolder>(
      (groupId, fileId, deviceId) => this.#onChange(groupId, fileId, deviceId),
      MAX_ANNOUNCED_IN_TOTAL,
      (holder) => this.#isOurs(holder),
    );
  }

  goOnline(presence: DevicePresence, holder: DeviceHolder): DeviceHolder | undefined {
    const { deviceId } = presence;
    const before = this.#memory.device(deviceId);
    // Later than any that was heard of, and than what others may have seen that was not.
    if (before?.holder !== holder || before.userId !== presence.userId) {
      this.#lastStamp = Math.max(this.#lastStamp + 1, this.#options.nowMs());
      this.#stamps.set(deviceId, this.#lastStamp);
    }
    const ended = this.#memory.goOnline(presence, holder);
    this.#options.onOwnChange(deviceId);
    return ended;
  }

  setAddresses(deviceId: string, reach: ToldReach): void {
    if (this.#memory.holderOf(deviceId)?.isHere !== true) return;
    this.#isWholeDevice = true;
    this.#memory.setAddresses(deviceId, reach);
    this.#isWholeDevice = false;
    this.#options.onOwnChange(deviceId);
  }

  goOffline(deviceId: string, holder: DeviceHolder, hasLeft = false): void {
    if (!this.#memory.isHolder(deviceId, holder)) return;
    this.#memory.goOffline(deviceId, holder, hasLeft);
    this.#stamps.delete(deviceId);
    this.#options.onOwnChange(deviceId);
  }

  /** A device is online at another tracker; undefined when it came online elsewhere later. */
  onFellowDevice(tracker: string, told: ToldDevice): FellowHolder | undefined {
    const { stamp, places, ...presence } = told;
    const { deviceId } = presence;
    this.#lastStamp = Math.max(this.#lastStamp, stamp);
    const before = this.#memory.holderOf(deviceId);
    if (before instanceof FellowHolder && before.tracker === tracker && before.stamp === stamp) {
      before.places = places;
      this.#memory.setAddresses(deviceId, presence);
      return before;
    }
    if (before && !this.#isLater(told, tracker, before)) return undefined;
    const holder = new FellowHolder(tracker, { deviceId, stamp, places }, this.#options.passOn);
    this.#memory.goOnline(presence, holder);
    if (before?.isHere === true) {
      this.#stamps.delete(deviceId);
      // The others have to hear that it is here no longer.
      this.#options.onOwnChange(deviceId);
      this.#options.onTakenOver(deviceId);
      before.end('HOME_IN_USE', 'another client went online with the key of this device');
    }
    return holder;
  }

  onFellowOffer(
    holder: FellowHolder,
    offer: { readonly groupId: string; readonly fileId: string },
    complete: boolean | undefined,
  ): void {
    const { deviceId } = holder;
    const { groupId, fileId } = offer;
    if (!this.#memory.isHolder(deviceId, holder)) return;
    if (complete === undefined) this.#memory.withdraw(deviceId, groupId, fileId);
    else this.#memory.announce(deviceId, groupId, fileId, complete);
  }

  /** `hasLeft`: it has taken its leave of its tracker. */
  onFellowGone(holder: FellowHolder, hasLeft: boolean): void {
    this.#memory.goOffline(holder.deviceId, holder, hasLeft);
  }

  /** Devices of this tracker; those that come meanwhile come behind the others. */
  *own(): Generator<HeldDevice<DeviceHolder>> {
    for (const device of this.#memory.all()) if (device.holder.isHere) yield device;
  }

  /** A device as the others are told of it; undefined unless it is one of this tracker. */
  toldDevice(deviceId: string): ToldDevice | undefined {
    const device = this.#memory.device(deviceId);
    const stamp = this.#stamps.get(deviceId);
    if (device?.holder.isHere !== true || stamp === undefined) return undefined;
    return { ...device.presence, stamp, places: device.holder.places };
  }

  device(deviceId: string): HeldDevice<DeviceHolder> | undefined {
    return this.#memory.device(deviceId);
  }

  holderOf(deviceId: string): DeviceHolder | undefined {
    return this.#memory.holderOf(deviceId);
  }

  addressesOf(...asked: Parameters<Presence<DeviceHolder>['addressesOf']>) {
    return this.#memory.addressesOf(...asked);
  }

  isLost(deviceId: string): boolean {
    return this.#memory.isLost(deviceId);
  }

  /** It is nowhere, and has taken its leave. */
  hasLeft(deviceId: string): boolean {
    return this.#memory.hasLeft(deviceId);
  }

  isHolder(deviceId: string, holder: DeviceHolder): boolean {
    return this.#memory.isHolder(deviceId, holder);
  }

  announce(...offer: Parameters<Presence<DeviceHolder>['announce']>): boolean {
    return this.#memory.announce(...offer);
  }

  withdraw(deviceId: string, groupId: string, fileId: string): void {
    const holder = this.#memory.holderOf(deviceId);
    if (!holder || !this.#isOurs(holder)) return;
    this.#memory.withdraw(deviceId, groupId, fileId);
  }

  withdrawUser(userId: string, groupId: string): void {
    this.#memory.withdrawUser(userId, groupId);
  }

  withdrawContent(groupId: string, fileId: string): void {
    this.#memory.withdrawContent(groupId, fileId);
  }

  peer(...asked: Parameters<Presence<DeviceHolder>['peer']>) {
    return this.#memory.peer(...asked);
  }

  offered(groupId: string, fileId: string, deviceId: string) {
    return this.#memory.offered(groupId, fileId, deviceId);
  }

  draw(groupId: string, fileId: string, wanted: Wanted) {
    return this.#memory.draw(groupId, fileId, wanted);
  }

  holders(groupId: string, fileId: string): Iterable<DeviceHolder> {
    return this.#memory.holders(groupId, fileId);
  }

  swarmSize(groupId: string, fileId: string, places?: readonly string[]): SwarmSize {
    return this.#memory.swarmSize(groupId, fileId, places);
  }

  counts(): PresenceCounts {
    return this.#memory.counts();
  }

  #onChange(groupId: string, fileId: string, deviceId: string): void {
    this.#options.onChange(groupId, fileId, deviceId);
    if (this.#isWholeDevice) return;
    // One that has just gone is told of as a whole.
    if (this.#memory.holderOf(deviceId)?.isHere !== true) return;
    this.#options.onOwnChange(deviceId, { groupId, fileId });
  }

  /**
   * Of whose devices something is withdrawn here. An effect names any device; of those of others their own tracker says
   * it. While that cannot be heard it is done to the copies: they are told anew as a whole when it can.
   */
  #isOurs({ isHere }: DeviceHolder): boolean {
    return isHere || !this.#options.isHeard();
  }

  #isLater({ deviceId, stamp }: ToldDevice, tracker: string, before: DeviceHolder): boolean {
    const [itsStamp, itsTracker] =
      before instanceof FellowHolder
        ? [before.stamp, before.tracker]
        : [this.#stamps.get(deviceId) ?? 0, this.#options.tracker];
    // Of the same tracker what it says last counts.
    if (itsTracker === tracker || stamp > itsStamp) return true;
    return stamp === itsStamp && tracker > itsTracker;
  }
}
