/**
 * Presence in the memory of one tracker process. Owns two views of the same facts, by device
 * and by group and content, and changes them together; every table in it is bounded.
 */
import { isDeepStrictEqual } from 'node:util';
import { bug } from '../../net/errors.js';
import { MAX_ANNOUNCED_IN_TOTAL, MAX_ANNOUNCED_PER_DEVICE } from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import {
  CALLERS,
  type DevicePresence,
  type Presence,
  type PresenceCounts,
  type PresenceListener,
  type SwarmSize,
  type ToldReach,
} from './presence.js';

interface OnlineDevice<Holder> {
  presence: DevicePresence;
  holder: Holder;
  /** Group → content → whether the device has all of it; no group without content. */
  readonly offers: Map<string, Map<string, boolean>>;
  /** Contents in `offers`. */
  offerCount: number;
}

/** Devices that some are told of, and those of these that have every piece. */
interface ToldCount {
  reachable: number;
  complete: number;
}

interface Swarm<Holder> {
  readonly devices: Map<string, OnlineDevice<Holder>>;
  /** By the widest place at which one is told of them: whoever is told of a device is in one of these. */
  readonly told: Map<string, ToldCount>;
}

/** The place of those who are told of by everybody. */
const EVERYWHERE = '';
const NOWHERE: readonly string[] = [];

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
      // What is known of calls belongs to the connection, and stays.
      this.setAddresses(presence.deviceId, presence);
      return undefined;
    }
    if (before) this.#remove(before);
    this.#devices.set(presence.deviceId, { presence, holder, offers: new Map(), offerCount: 0 });
    const devices = this.#devicesOf.get(presence.userId) ?? new Set();
    this.#devicesOf.set(presence.userId, devices.add(presence.deviceId));
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
    for (const [swarm, isComplete] of swarms) count(swarm, device, -1, isComplete);
    device.presence = { ...device.presence, addresses, nearby, isUnreached };
    for (const [swarm, isComplete] of swarms) count(swarm, device, 1, isComplete);
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
    count(swarm, device, -1, before ?? false);
    count(swarm, device, 1, complete);
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

  *peers(groupId: string, fileId: string, places = NOWHERE): Generator<OnlinePeer> {
    for (const { presence, offers } of this.#swarm(groupId, fileId)?.devices.values() ?? []) {
      const complete = offers.get(groupId)?.get(fileId) ?? false;
      const peer = asTold(presence, complete, places);
      if (peer) yield peer;
    }
  }

  *holders(groupId: string, fileId: string): Generator<Holder> {
    for (const { holder } of this.#swarm(groupId, fileId)?.devices.values() ?? []) yield holder;
  }

  swarmSize(groupId: string, fileId: string, places = NOWHERE): SwarmSize {
    const swarm = this.#swarm(groupId, fileId);
    const size = { peers: swarm?.devices.size ?? 0, complete: 0, reachable: 0 };
    for (const place of countedAt(places)) {
      const told = swarm?.told.get(place);
      size.complete += told?.complete ?? 0;
      size.reachable += told?.reachable ?? 0;
    }
    return size;
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
    const swarm = swarms.get(fileId) ?? { devices: new Map(), told: new Map() };
    swarm.devices.set(device.presence.deviceId, device);
    count(swarm, device, 1, false);
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
    count(swarm, device, -1, complete);
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

/** Counts a device in or out, where it is told of. */
function count<Holder>(
  { told }: Swarm<Holder>,
  { presence }: OnlineDevice<Holder>,
  change: 1 | -1,
  isComplete: boolean,
): void {
  for (const place of placesOf(presence)) {
    const counted = told.get(place) ?? { reachable: 0, complete: 0 };
    counted.reachable += change;
    counted.complete += isComplete ? change : 0;
    if (counted.reachable > 0) told.set(place, counted);
    else told.delete(place);
  }
}

/** At which places a device is counted: whoever is told of it is counted to one of them. */
function placesOf({ addresses, nearby, calls, isUnreached }: DevicePresence): readonly string[] {
  if (addresses.length > 0) return [EVERYWHERE];
  const near = nearby?.[0]?.to;
  if (calls !== true || isUnreached !== true) return near === undefined ? NOWHERE : [near];
  return near === undefined ? [CALLERS] : [CALLERS, uncalled(near)];
}

/** The places whose counts add up to what somebody is told of. */
function countedAt(places: readonly string[]): readonly string[] {
  return [EVERYWHERE, ...places, ...(places.includes(CALLERS) ? [] : places.map(uncalled))];
}

/** A place of those who know of no calls. */
function uncalled(place: string): string {
  return `${place} without calls`;
}

function addressesTold(
  { addresses, nearby }: ToldReach,
  places: readonly string[],
): readonly PeerAddress[] {
  const near = nearby?.findLast(({ to }) => places.includes(to))?.addresses ?? [];
  return near.length > 0 ? [...addresses, ...near] : addresses;
}

/** A peer as somebody is told of it who is seen at these places; undefined when it is not told of. */
function asTold(
  presence: DevicePresence,
  complete: boolean,
  places: readonly string[],
): OnlinePeer | undefined {
  const { deviceId, userId, calls = false, isUnreached = false } = presence;
  const told = addressesTold(presence, places);
  const isCallable = calls && places.includes(CALLERS);
  if (told.length === 0 && !(isCallable && isUnreached)) return undefined;
  return { deviceId, userId, addresses: told, complete, ...(isCallable && { calls }) };
}
