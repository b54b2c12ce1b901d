/**
 * Presence in the memory of one tracker process. Owns two views of the same facts, by device
 * and by group and content, and changes them together; every table in it is bounded.
 */
import { isDeepStrictEqual } from 'node:util';
import { bug } from '../../net/errors.js';
import { MAX_ANNOUNCED_IN_TOTAL, MAX_ANNOUNCED_PER_DEVICE } from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type {
  DevicePresence,
  Presence,
  PresenceCounts,
  PresenceListener,
  SwarmSize,
} from './presence.js';

interface OnlineDevice<Holder> {
  presence: DevicePresence;
  holder: Holder;
  /** Group → content → whether the device has all of it; no group without content. */
  readonly offers: Map<string, Map<string, boolean>>;
  /** Contents in `offers`. */
  offerCount: number;
}

interface Swarm<Holder> {
  readonly devices: Map<string, OnlineDevice<Holder>>;
  /** Devices among them that others are told of, and those of these that have every piece. */
  reachable: number;
  complete: number;
}

const EMPTY_SWARM = { devices: new Map<string, never>(), complete: 0, reachable: 0 };

export class MemoryPresence<Holder extends object> implements Presence<Holder> {
  readonly #onChange: PresenceListener;
  readonly #devices = new Map<string, OnlineDevice<Holder>>();
  /** User → ids of the devices on which that user is online; no user without devices. */
  readonly #devicesOf = new Map<string, Set<string>>();
  /** Group → content → who offers it; no swarm without devices. */
  readonly #swarms = new Map<string, Map<string, Swarm<Holder>>>();
  #announced = 0;

  constructor(onChange: PresenceListener) {
    this.#onChange = onChange;
  }

  goOnline(presence: DevicePresence, holder: Holder): Holder | undefined {
    const before = this.#devices.get(presence.deviceId);
    if (before?.holder === holder && before.presence.userId === presence.userId) {
      this.setAddresses(presence.deviceId, presence.addresses);
      return undefined;
    }
    if (before) this.#remove(before);
    this.#devices.set(presence.deviceId, { presence, holder, offers: new Map(), offerCount: 0 });
    const devices = this.#devicesOf.get(presence.userId) ?? new Set();
    this.#devicesOf.set(presence.userId, devices.add(presence.deviceId));
    return before?.holder === holder ? undefined : before?.holder;
  }

  setAddresses(deviceId: string, addresses: readonly PeerAddress[]): void {
    const device = this.#devices.get(deviceId);
    // What is said again is no news for those who watch.
    if (!device || isDeepStrictEqual(device.presence.addresses, addresses)) return;
    const before = Number(isReachable(device));
    device.presence = { ...device.presence, addresses };
    const gained = Number(isReachable(device)) - before;
    for (const [swarm, isComplete] of this.#swarmsOf(device)) {
      swarm.reachable += gained;
      swarm.complete += isComplete ? gained : 0;
    }
    this.#tellAll(device);
  }

  holderOf(deviceId: string): Holder | undefined {
    return this.#devices.get(deviceId)?.holder;
  }

  isHolder(deviceId: string, holder: Holder): boolean {
    return this.#devices.get(deviceId)?.holder === holder;
  }

  goOffline(deviceId: string, holder: Holder): void {
    const device = this.#devices.get(deviceId);
    if (device?.holder === holder) this.#remove(device);
  }

  announce(deviceId: string, groupId: string, fileId: string, complete: boolean): boolean {
    const device = this.#devices.get(deviceId) ?? bug(`an offline device announces ${fileId}`);
    const before = device.offers.get(groupId)?.get(fileId);
    if (before === complete) return true;
    if (before === undefined && !this.#hasRoom(device)) return false;
    if (before === undefined) this.#addOffer(device, groupId, fileId);
    device.offers.get(groupId)?.set(fileId, complete);
    const swarm = this.#swarm(groupId, fileId) ?? bug(`no swarm for ${fileId}`);
    if (isReachable(device)) swarm.complete += Number(complete) - Number(before ?? false);
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
    this.#announced--;
    this.#leaveSwarm(groupId, fileId, device, complete);
    this.#onChange(groupId, fileId, deviceId);
  }

  withdrawUser(userId: string, groupId: string): void {
    for (const deviceId of this.#devicesOf.get(userId) ?? []) {
      const offers = this.#devices.get(deviceId)?.offers.get(groupId);
      for (const fileId of [...(offers?.keys() ?? [])]) this.withdraw(deviceId, groupId, fileId);
    }
  }

  withdrawContent(groupId: string, fileId: string): void {
    const swarm = this.#swarm(groupId, fileId);
    for (const deviceId of [...(swarm?.devices.keys() ?? [])]) {
      this.withdraw(deviceId, groupId, fileId);
    }
  }

  peer(groupId: string, fileId: string, deviceId: string): OnlinePeer | undefined {
    const device = this.#devices.get(deviceId);
    const complete = device?.offers.get(groupId)?.get(fileId);
    if (!device || complete === undefined || !isReachable(device)) return undefined;
    return { ...device.presence, complete };
  }

  *peers(groupId: string, fileId: string): Generator<OnlinePeer> {
    for (const device of this.#swarm(groupId, fileId)?.devices.values() ?? []) {
      if (!isReachable(device)) continue;
      yield { ...device.presence, complete: device.offers.get(groupId)?.get(fileId) ?? false };
    }
  }

  *holders(groupId: string, fileId: string): Generator<Holder> {
    for (const { holder } of this.#swarm(groupId, fileId)?.devices.values() ?? []) yield holder;
  }

  swarmSize(groupId: string, fileId: string): SwarmSize {
    const { devices, complete, reachable } = this.#swarm(groupId, fileId) ?? EMPTY_SWARM;
    return { peers: devices.size, complete, reachable };
  }

  counts(): PresenceCounts {
    return { devices: this.#devices.size, announced: this.#announced };
  }

  #swarm(groupId: string, fileId: string): Swarm<Holder> | undefined {
    return this.#swarms.get(groupId)?.get(fileId);
  }

  #hasRoom(device: OnlineDevice<Holder>): boolean {
    return device.offerCount < MAX_ANNOUNCED_PER_DEVICE && this.#announced < MAX_ANNOUNCED_IN_TOTAL;
  }

  #addOffer(device: OnlineDevice<Holder>, groupId: string, fileId: string): void {
    const offers = device.offers.get(groupId) ?? new Map<string, boolean>();
    device.offers.set(groupId, offers.set(fileId, false));
    device.offerCount++;
    this.#announced++;
    const swarms = this.#swarms.get(groupId) ?? new Map<string, Swarm<Holder>>();
    const swarm = swarms.get(fileId) ?? { devices: new Map(), complete: 0, reachable: 0 };
    swarm.devices.set(device.presence.deviceId, device);
    swarm.reachable += Number(isReachable(device));
    this.#swarms.set(groupId, swarms.set(fileId, swarm));
  }

  /** What a device offers, and whether it has all of it. */
  *#swarmsOf({ offers }: OnlineDevice<Holder>): Generator<[Swarm<Holder>, isComplete: boolean]> {
    for (const [groupId, files] of offers) {
      for (const [fileId, isComplete] of files) {
        yield [this.#swarm(groupId, fileId) ?? bug(`no swarm for ${fileId}`), isComplete];
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
    swarm.devices.delete(device.presence.deviceId);
    const left = Number(isReachable(device));
    swarm.reachable -= left;
    swarm.complete -= complete ? left : 0;
    if (swarm.devices.size === 0) swarms?.delete(fileId);
    if (swarms?.size === 0) this.#swarms.delete(groupId);
  }

  #remove(device: OnlineDevice<Holder>): void {
    const { deviceId, userId } = device.presence;
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
      for (const fileId of offers.keys()) this.#onChange(groupId, fileId, device.presence.deviceId);
    }
  }
}

function isReachable({ presence }: Pick<OnlineDevice<unknown>, 'presence'>): boolean {
  return presence.addresses.length > 0;
}
