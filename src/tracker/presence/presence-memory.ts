/**
 * Presence in the memory of one tracker process. Owns two views of the same facts, by device
 * and by group and content, and changes them together; every table in it is bounded.
 */
import { isDeepStrictEqual } from 'node:util';
import { bug } from '../../net/errors.js';
import { MAX_ANNOUNCED_IN_TOTAL, MAX_ANNOUNCED_PER_DEVICE } from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import { SharedBound } from '../shared-bound.js';
import { Departures } from './departures.js';
import type { Wanted } from './draw.js';
import type {
  DevicePresence,
  Offered,
  Presence,
  PresenceCounts,
  PresenceListener,
  SwarmSize,
  ToldReach,
} from './presence.js';
import { Swarm, type SwarmDevice } from './swarm.js';
import { addressesTold, asTold, placesOf } from './told.js';

/** A device with all that it offers. */
export interface HeldDevice<Holder> extends SwarmDevice {
  readonly holder: Holder;
}

interface OnlineDevice<Holder> extends SwarmDevice {
  presence: DevicePresence;
  holder: Holder;
  /** Group → content → whether the device has all of it; no group without content. */
  readonly offers: Map<string, Map<string, boolean>>;
  /** Contents in `offers`. */
  offerCount: number;
}

type SwarmOf<Holder> = Swarm<OnlineDevice<Holder>>;

const NOWHERE: readonly string[] = [];

export class MemoryPresence<Holder extends object> implements Presence<Holder> {
  readonly #onChange: PresenceListener;
  readonly #devices = new Map<string, OnlineDevice<Holder>>();
  /** User → ids of the devices on which that user is online; no user without devices. */
  readonly #devicesOf = new Map<string, Set<string>>();
  /** Group → content → who offers it; no swarm without devices. */
  readonly #swarms = new Map<string, Map<string, SwarmOf<Holder>>>();
  /** Offers of each user's devices. */
  readonly #announced: SharedBound;
  readonly #departures = new Departures();

  readonly #isOwn: (holder: Holder) => boolean;

  /** `isOwn`: of whom users and contents are withdrawn here; of the others somebody else says so. */
  constructor(
    onChange: PresenceListener,
    mostAnnounced = MAX_ANNOUNCED_IN_TOTAL,
    isOwn: (holder: Holder) => boolean = () => true,
  ) {
    this.#onChange = onChange;
    this.#announced = new SharedBound(mostAnnounced);
    this.#isOwn = isOwn;
  }

  goOnline(presence: DevicePresence, holder: Holder): Holder | undefined {
    const before = this.#devices.get(presence.deviceId);
    if (before?.holder === holder && before.presence.userId === presence.userId) {
      // What is known of calls belongs to the connection, and stays.
      this.setAddresses(presence.deviceId, presence);
      return undefined;
    }
    if (before) this.#remove(before);
    const { deviceId, userId } = presence;
    const device = { deviceId, userId, presence, holder, offers: new Map(), offerCount: 0 };
    this.#devices.set(deviceId, device);
    this.#departures.remove(deviceId);
    const devices = this.#devicesOf.get(userId) ?? new Set();
    this.#devicesOf.set(userId, devices.add(deviceId));
    return before?.holder === holder ? undefined : before?.holder;
  }

  setAddresses(deviceId: string, reach: ToldReach): void {
    const { addresses, nearby = [], isUnreached = false } = reach;
    const device = this.#devices.get(deviceId);
    if (!device) return;
    const {
      addresses: before,
      nearby: nearbyBefore = [],
      isUnreached: was = false,
    } = device.presence;
    // What is said again is no news for those who watch.
    const [old, now] = [
      [before, nearbyBefore, was],
      [addresses, nearby, isUnreached],
    ];
    if (isDeepStrictEqual(old, now)) return;
    const swarms = [...this.#swarmsOf(device)];
    for (const swarm of swarms) swarm.count(device, -1);
    device.presence = { ...device.presence, addresses, nearby, isUnreached };
    for (const swarm of swarms) swarm.count(device, 1);
    this.#tellAll(device);
  }

  holderOf(deviceId: string): Holder | undefined {
    return this.#devices.get(deviceId)?.holder;
  }

  addressesOf(deviceId: string, places: readonly string[]): readonly PeerAddress[] {
    const presence = this.#devices.get(deviceId)?.presence;
    return presence ? addressesTold(presence, places) : [];
  }

  isHolder(deviceId: string, holder: Holder): boolean {
    return this.#devices.get(deviceId)?.holder === holder;
  }

  goOffline(deviceId: string, holder: Holder, hasLeft = false): void {
    const device = this.#devices.get(deviceId);
    if (device?.holder !== holder) return;
    this.#remove(device);
    if (hasLeft) this.#departures.add(deviceId);
    else this.#departures.remove(deviceId);
  }

  isLost(deviceId: string): boolean {
    return !this.#devices.has(deviceId) && !this.#departures.has(deviceId);
  }

  /** It is nowhere, and has taken its leave. */
  hasLeft(deviceId: string): boolean {
    return this.#departures.has(deviceId);
  }

  announce(deviceId: string, groupId: string, fileId: string, complete: boolean): boolean {
    const device = this.#devices.get(deviceId) ?? bug(`an offline device announces ${fileId}`);
    const before = device.offers.get(groupId)?.get(fileId);
    if (before === complete) return true;
    if (before === undefined && !this.#takeRoom(device)) return false;
    if (before === undefined) {
      this.#addOffer(device, groupId, fileId, complete);
    } else {
      const swarm = this.#swarm(groupId, fileId) ?? bug(`no swarm for ${fileId}`);
      swarm.count(device, -1);
      device.offers.get(groupId)?.set(fileId, complete);
      swarm.count(device, 1);
    }
    this.#onChange(groupId, fileId, deviceId);
    return true;
  }

  withdraw(deviceId: string, groupId: string, fileId: string): void {
    const device = this.#devices.get(deviceId);
    const offers = device?.offers.get(groupId);
    const complete = offers?.get(fileId);
    if (!device || !offers || complete === undefined) return;
    offers.delete(fileId);
    if (offers.size === 0) device.offers.delete(groupId);
    device.offerCount--;
    this.#announced.giveBack(device.userId);
    this.#leaveSwarm(groupId, fileId, device, complete);
    this.#onChange(groupId, fileId, deviceId);
  }

  withdrawUser(userId: string, groupId: string): void {
    for (const deviceId of this.#devicesOf.get(userId) ?? []) {
      const device = this.#devices.get(deviceId);
      if (!device || !this.#isOwn(device.holder)) continue;
      const offers = device.offers.get(groupId);
      for (const fileId of [...(offers?.keys() ?? [])]) this.withdraw(deviceId, groupId, fileId);
    }
  }

  withdrawContent(groupId: string, fileId: string): void {
    const swarm = this.#swarm(groupId, fileId);
    for (const { deviceId, holder } of [...(swarm?.devices.values() ?? [])]) {
      if (this.#isOwn(holder)) this.withdraw(deviceId, groupId, fileId);
    }
  }

  peer(
    groupId: string,
    fileId: string,
    deviceId: string,
    places = NOWHERE,
  ): OnlinePeer | undefined {
    const device = this.#devices.get(deviceId);
    const complete = device?.offers.get(groupId)?.get(fileId);
    if (!device || complete === undefined) return undefined;
    return asTold(device.presence, complete, places);
  }

  offered(groupId: string, fileId: string, deviceId: string): Offered | undefined {
    const device = this.#devices.get(deviceId);
    const complete = device?.offers.get(groupId)?.get(fileId);
    if (!device || complete === undefined || placesOf(device.presence).length === 0) {
      return undefined;
    }
    return complete ? 'whole' : 'part';
  }

  draw(groupId: string, fileId: string, wanted: Wanted): OnlinePeer[] {
    return this.#swarm(groupId, fileId)?.draw(wanted) ?? [];
  }

  *holders(groupId: string, fileId: string): Generator<Holder> {
    for (const { holder } of this.#swarm(groupId, fileId)?.devices.values() ?? []) yield holder;
  }

  swarmSize(groupId: string, fileId: string, places = NOWHERE): SwarmSize {
    return this.#swarm(groupId, fileId)?.size(places) ?? { peers: 0, complete: 0, reachable: 0 };
  }

  /** All devices; those that come meanwhile come behind the others. */
  all(): Iterable<HeldDevice<Holder>> {
    return this.#devices.values();
  }

  device(deviceId: string): HeldDevice<Holder> | undefined {
    return this.#devices.get(deviceId);
  }

  counts(): PresenceCounts {
    return { devices: this.#devices.size, announced: this.#announced.total };
  }

  #swarm(groupId: string, fileId: string): SwarmOf<Holder> | undefined {
    return this.#swarms.get(groupId)?.get(fileId);
  }

  /** Takes a place for one more offer; false when there is none. */
  #takeRoom({ offerCount, userId }: OnlineDevice<Holder>): boolean {
    return offerCount < MAX_ANNOUNCED_PER_DEVICE && this.#announced.take(userId);
  }

  #addOffer(
    device: OnlineDevice<Holder>,
    groupId: string,
    fileId: string,
    complete: boolean,
  ): void {
    const offers = device.offers.get(groupId) ?? new Map<string, boolean>();
    device.offers.set(groupId, offers.set(fileId, complete));
    device.offerCount++;
    const swarms = this.#swarms.get(groupId) ?? new Map<string, SwarmOf<Holder>>();
    const swarm = swarms.get(fileId) ?? new Swarm<OnlineDevice<Holder>>(groupId, fileId);
    swarm.add(device);
    this.#swarms.set(groupId, swarms.set(fileId, swarm));
  }

  /** Of what a device offers. */
  *#swarmsOf({ offers }: OnlineDevice<Holder>): Generator<SwarmOf<Holder>> {
    for (const [groupId, files] of offers) {
      for (const fileId of files.keys()) {
        yield this.#swarm(groupId, fileId) ?? bug(`no swarm for ${fileId}`);
      }
    }
  }

  #leaveSwarm(
    groupId: string,
    fileId: string,
    device: OnlineDevice<Holder>,
    complete: boolean,
  ): void {
    const swarms = this.#swarms.get(groupId);
    const swarm = swarms?.get(fileId) ?? bug(`no swarm for ${fileId}`);
    swarm.remove(device, complete);
    if (swarm.devices.size === 0) swarms?.delete(fileId);
    if (swarms?.size === 0) this.#swarms.delete(groupId);
  }

  #remove(device: OnlineDevice<Holder>): void {
    const { deviceId, userId } = device;
    for (const [groupId, offers] of [...device.offers]) {
      for (const fileId of [...offers.keys()]) this.withdraw(deviceId, groupId, fileId);
    }
    this.#devices.delete(deviceId);
    const devices = this.#devicesOf.get(userId);
    devices?.delete(deviceId);
    if (devices?.size === 0) this.#devicesOf.delete(userId);
  }

  #tellAll(device: OnlineDevice<Holder>): void {
    for (const [groupId, offers] of device.offers) {
      for (const fileId of offers.keys()) this.#onChange(groupId, fileId, device.deviceId);
    }
  }
}
