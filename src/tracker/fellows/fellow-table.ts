/**
 * The other trackers on the same database, as far as this one has heard of them: what each has told of its devices, and
 * whether something of it is missing. Whoever misses something asks for all, which is told in several messages, with the
 * changes of meanwhile between them: what is not named again in all of them is gone. Pure but for the presence that it
 * changes; clocks are handed in.
 *
 *   unknown → (heard) → asked → (first part) → told → (last part) → whole → (a number is missing) → asked → …
 *   any → (says so, or not heard for FELLOW_GONE_MS) → unknown, and its devices are gone
 */
import { FELLOW_ASK_MS, FELLOW_GONE_MS, MAX_FELLOWS } from '../../net/limits.js';
import type { ToldChanges, ToldDevice, ToldOffers, ToldState } from './bus-codec.js';
import type { FellowHolder } from './device-holder.js';

/** What it changes. */
export interface FellowDevices {
  onFellowDevice(tracker: string, told: ToldDevice): FellowHolder | undefined;
  onFellowOffer(
    holder: FellowHolder,
    offer: { readonly groupId: string; readonly fileId: string },
    complete: boolean | undefined,
  ): void;
  onFellowGone(holder: FellowHolder, hasLeft: boolean): void;
  device(deviceId: string):
    | {
        readonly offers: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
        readonly holder: object;
      }
    | undefined;
}

export interface FellowTableOptions {
  readonly devices: FellowDevices;
  /** Something of this tracker is missing. */
  readonly ask: (tracker: string) => void;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
}

type Telling =
  | { readonly name: 'missing'; readonly askedAtMs: number }
  | { readonly name: 'told'; heardAtMs: number }
  | { readonly name: 'whole' };

interface Fellow {
  heardAtMs: number;
  /** The last changes that were heard. */
  n: number;
  telling: Telling;
  /** Of tellings of all. */
  round: number;
  readonly devices: Map<string, FellowHolder>;
  /** Devices that it has told of, and that came online elsewhere later. */
  readonly overruled: Set<string>;
  /** The device of which all is told now, and what it offered before that was not named since. */
  current:
    { readonly holder: FellowHolder; readonly unnamed: Map<string, Set<string>> } | undefined;
}

export class FellowTable {
  readonly #options: FellowTableOptions;
  readonly #fellows = new Map<string, Fellow>();

  constructor(options: FellowTableOptions) {
    this.#options = options;
  }

  /** Trackers that are there, besides this one. */
  get size(): number {
    return this.#fellows.size;
  }

  /** Whether of each of them all is known. */
  get isWhole(): boolean {
    return [...this.#fellows.values()].every(({ telling }) => telling.name === 'whole');
  }

  /** A tracker is there, and has told so many changes. */
  onBeat(tracker: string, n: number): void {
    const fellow = this.#heard(tracker);
    if (fellow && (fellow.telling.name !== 'whole' || fellow.n !== n)) this.#miss(tracker, fellow);
  }

  onChanges(tracker: string, n: number, changes: ToldChanges): void {
    const fellow = this.#heard(tracker);
    if (!fellow) return;
    if (fellow.telling.name === 'missing' || fellow.n + 1 !== n) {
      return this.#miss(tracker, fellow, true);
    }
    fellow.n = n;
    this.#apply(tracker, fellow, changes);
  }

  onState(tracker: string, state: ToldState): void {
    const fellow = this.#heard(tracker);
    if (!fellow) return;
    const { steadyMs } = this.#options;
    if (state.isFirst) {
      fellow.n = state.n;
      fellow.round++;
      fellow.current = undefined;
      fellow.overruled.clear();
      fellow.telling = { name: 'told', heardAtMs: steadyMs() };
    } else if (fellow.telling.name !== 'told') return;
    else fellow.telling.heardAtMs = steadyMs();
    this.#applyState(tracker, fellow, state);
    if (!state.isLast) return;
    this.#endCurrent(fellow);
    fellow.telling = { name: 'whole' };
    for (const holder of [...fellow.devices.values()]) {
      if (holder.round !== fellow.round) this.#remove(fellow, holder, false);
    }
  }

  /** A device is offline where it came last: one that did not hear of that may have it still. */
  onFree(deviceId: string): void {
    if (this.#options.devices.device(deviceId) !== undefined) return;
    for (const [tracker, fellow] of this.#fellows) {
      const hadIt = fellow.devices.delete(deviceId) || fellow.overruled.delete(deviceId);
      if (hadIt) this.#miss(tracker, fellow, true);
    }
  }

  /** A tracker is gone. */
  onBye(tracker: string): void {
    const fellow = this.#fellows.get(tracker);
    if (!fellow) return;
    for (const holder of [...fellow.devices.values()]) this.#remove(fellow, holder, false);
    this.#fellows.delete(tracker);
  }

  /** The presence server was away: nobody can have been heard. */
  onBack(): void {
    for (const fellow of this.#fellows.values()) fellow.heardAtMs = this.#options.steadyMs();
  }

  /** Those that were not heard for too long are gone. */
  sweep(): void {
    const nowMs = this.#options.steadyMs();
    for (const [tracker, { heardAtMs }] of this.#fellows) {
      if (nowMs - heardAtMs > FELLOW_GONE_MS) this.onBye(tracker);
    }
  }

  #heard(tracker: string): Fellow | undefined {
    const nowMs = this.#options.steadyMs();
    const present = this.#fellows.get(tracker);
    if (present) {
      present.heardAtMs = nowMs;
      return present;
    }
    if (this.#fellows.size >= MAX_FELLOWS) return undefined;
    const fellow: Fellow = {
      ...{
        heardAtMs: nowMs,
        n: 0,
        round: 0,
        devices: new Map(),
        overruled: new Set(),
        current: undefined,
      },
      telling: { name: 'missing', askedAtMs: -Infinity },
    };
    this.#fellows.set(tracker, fellow);
    return fellow;
  }

  /** `isGap`: what is being told lacks something, too. */
  #miss(tracker: string, fellow: Fellow, isGap = false): void {
    const nowMs = this.#options.steadyMs();
    const { telling } = fellow;
    if (telling.name === 'missing' && nowMs - telling.askedAtMs < FELLOW_ASK_MS) return;
    // It is told still, as long as it takes.
    const isTold = telling.name === 'told' && nowMs - telling.heardAtMs < FELLOW_GONE_MS / 2;
    if (isTold && !isGap) return;
    fellow.telling = { name: 'missing', askedAtMs: nowMs };
    fellow.current = undefined;
    this.#options.ask(tracker);
  }

  #apply(tracker: string, fellow: Fellow, changes: ToldChanges): void {
    const left = new Set(changes.left);
    for (const deviceId of changes.gone) {
      fellow.overruled.delete(deviceId);
      const holder = fellow.devices.get(deviceId);
      if (holder) this.#remove(fellow, holder, left.has(deviceId));
    }
    for (const told of changes.devices) this.#onDevice(tracker, fellow, told);
    for (const offers of changes.offers) this.#onOffers(fellow, offers);
  }

  /** Device after device, each with what it offers; first what is left of the one of the part before. */
  #applyState(tracker: string, fellow: Fellow, { devices, offers }: ToldChanges): void {
    const named = new Set(devices.map(({ deviceId }) => deviceId));
    const ofNamed = new Map<string, ToldOffers[]>();
    for (const some of offers) {
      if (!named.has(some.deviceId)) this.#onOffers(fellow, some);
      else ofNamed.set(some.deviceId, [...(ofNamed.get(some.deviceId) ?? []), some]);
    }
    for (const told of devices) {
      this.#endCurrent(fellow);
      this.#onDevice(tracker, fellow, told);
      this.#beginCurrent(fellow, told.deviceId);
      for (const some of ofNamed.get(told.deviceId) ?? []) this.#onOffers(fellow, some);
    }
  }

  #onDevice(tracker: string, fellow: Fellow, told: ToldDevice): void {
    const { deviceId } = told;
    const holder = this.#options.devices.onFellowDevice(tracker, told);
    if (fellow.current?.holder.deviceId === deviceId && fellow.current.holder !== holder) {
      fellow.current = undefined;
    }
    if (!holder) {
      fellow.devices.delete(deviceId);
      fellow.overruled.add(deviceId);
      return;
    }
    fellow.overruled.delete(deviceId);
    holder.round = fellow.round;
    fellow.devices.set(deviceId, holder);
  }

  /** What it offered before and is not named from here on is gone. */
  #beginCurrent(fellow: Fellow, deviceId: string): void {
    const holder = fellow.devices.get(deviceId);
    const device = holder && this.#options.devices.device(deviceId);
    if (!holder || device?.holder !== holder) return;
    const before = device.offers;
    const unnamed = new Map(
      [...before].map(([groupId, files]) => [groupId, new Set(files.keys())]),
    );
    fellow.current = { holder, unnamed };
  }

  #onOffers(fellow: Fellow, { deviceId, groupId, files }: ToldOffers): void {
    const holder = fellow.devices.get(deviceId);
    if (!holder) return;
    const { current } = fellow;
    const unnamed = current?.holder === holder ? current.unnamed.get(groupId) : undefined;
    for (const [fileId, state] of files) {
      unnamed?.delete(fileId);
      const complete = state === 'gone' ? undefined : state === 'whole';
      this.#options.devices.onFellowOffer(holder, { groupId, fileId }, complete);
    }
  }

  /** All was told of the device whose turn it was. */
  #endCurrent(fellow: Fellow): void {
    const { current } = fellow;
    fellow.current = undefined;
    if (!current) return;
    for (const [groupId, fileIds] of current.unnamed) {
      for (const fileId of fileIds) {
        this.#options.devices.onFellowOffer(current.holder, { groupId, fileId }, undefined);
      }
    }
  }

  #remove(fellow: Fellow, holder: FellowHolder, hasLeft: boolean): void {
    fellow.devices.delete(holder.deviceId);
    if (fellow.current?.holder === holder) fellow.current = undefined;
    this.#options.devices.onFellowGone(holder, hasLeft);
    this.onFree(holder.deviceId);
  }
}
