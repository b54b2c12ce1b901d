/**
 * What changed of the devices of this tracker since the others were told last: which ones, not how. What they are told is
 * how it is when they are told, so something that changes again and again is told once. Bounded: beyond that much it is
 * only known that something was missed, and all has to be told.
 */
import { MAX_CHANGES_PER_FELLOW_MESSAGE } from '../../net/limits.js';
import type { HeldDevice } from '../presence/presence-memory.js';
import type { ToldChanges, ToldDevice, ToldOffers } from './bus-codec.js';

/** Changes that wait; of more it is told that something was missed. */
const MOST_WAITING = MAX_CHANGES_PER_FELLOW_MESSAGE * 50;

export interface OwnDevices {
  toldDevice(deviceId: string): ToldDevice | undefined;
  hasLeft(deviceId: string): boolean;
  device(deviceId: string): Pick<HeldDevice<object>, 'offers'> | undefined;
}

interface Told {
  readonly gone: string[];
  readonly left: string[];
  readonly devices: ToldDevice[];
  readonly offers: ToldOffers[];
}

interface Changed {
  /** The device itself, and not only some of what it offers. */
  isDevice: boolean;
  /** Group → contents. */
  readonly offers: Map<string, Set<string>>;
}

export class OwnChanges {
  readonly #devices: OwnDevices;
  readonly #changed = new Map<string, Changed>();
  #count = 0;
  #hasMissed = false;

  constructor(devices: OwnDevices) {
    this.#devices = devices;
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && !this.#hasMissed;
  }

  add(deviceId: string, offer?: { readonly groupId: string; readonly fileId: string }): void {
    if (this.#hasMissed) return;
    const changed = this.#changed.get(deviceId) ?? {
      isDevice: false,
      offers: new Map<string, Set<string>>(),
    };
    this.#changed.set(deviceId, changed);
    this.#count++;
    if (offer) {
      const files = changed.offers.get(offer.groupId) ?? new Set<string>();
      changed.offers.set(offer.groupId, files.add(offer.fileId));
    } else changed.isDevice = true;
    if (this.#count > MOST_WAITING) this.miss();
  }

  /** Nobody can be told now. */
  miss(): void {
    this.#hasMissed = true;
    this.#changed.clear();
    this.#count = 0;
  }

  /** Whether something was missed since this was asked last. */
  takeMissed(): boolean {
    const hasMissed = this.#hasMissed;
    this.#hasMissed = false;
    return hasMissed;
  }

  /** What changed, as much as one message holds; undefined when nothing did. */
  take(): ToldChanges | undefined {
    if (this.#changed.size === 0) return undefined;
    const told: Told = { gone: [], left: [], devices: [], offers: [] };
    let left = MAX_CHANGES_PER_FELLOW_MESSAGE;
    for (const [deviceId, changed] of this.#changed) {
      if (left <= 0) break;
      left -= this.#tell(deviceId, changed, told, left);
    }
    if (this.#changed.size === 0) this.#count = 0;
    const { left: taken, ...changes } = told;
    return taken.length > 0 ? told : changes;
  }

  /** Returns how much that is; what is left of the device stays. */
  #tell(deviceId: string, changed: Changed, told: Told, most: number): number {
    const device = this.#devices.toldDevice(deviceId);
    if (!device) {
      this.#changed.delete(deviceId);
      told.gone.push(deviceId);
      if (this.#devices.hasLeft(deviceId)) told.left.push(deviceId);
      return 1;
    }
    let count = 1;
    if (changed.isDevice) told.devices.push(device);
    changed.isDevice = false;
    const now = this.#devices.device(deviceId)?.offers;
    for (const [groupId, fileIds] of changed.offers) {
      const files: ToldOffers['files'] = [];
      for (const fileId of fileIds) {
        if (count >= most) break;
        const complete = now?.get(groupId)?.get(fileId);
        files.push([fileId, complete === undefined ? 'gone' : complete ? 'whole' : 'part']);
        fileIds.delete(fileId);
        count++;
      }
      if (files.length > 0) told.offers.push({ deviceId, groupId, files });
      if (fileIds.size > 0) return count;
      changed.offers.delete(groupId);
    }
    this.#changed.delete(deviceId);
    return count;
  }
}
