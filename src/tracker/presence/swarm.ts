/**
 * Who offers one content in one group, how many of them somebody is told of, and who is drawn for them.
 * Few devices are looked through; of many there are pools by place, so that neither a draw nor a change
 * costs more where more of them are.
 */
import { SWARM_POOLED_BELOW, SWARM_POOLED_FROM } from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { draw, inRandomOrder, type DrawSource, type IsFull, type Wanted } from './draw.js';
import { PeerPool } from './peer-pool.js';
import type { DevicePresence, SwarmSize } from './presence.js';
import { asTold, lookedAt, placesOf } from './told.js';

/** A device as far as a swarm concerns it. */
export interface SwarmDevice {
  readonly deviceId: string;
  readonly userId: string;
  readonly presence: DevicePresence;
  /** Group → content → whether the device has all of it. */
  readonly offers: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
}

/** Devices that some are told of, and those of these that have every piece. */
interface ToldCount {
  reachable: number;
  complete: number;
}

/** The devices that are counted at one place. */
interface PlacePools<D extends SwarmDevice> {
  readonly whole: PeerPool<D>;
  readonly part: PeerPool<D>;
}

const NOWHERE: readonly string[] = [];

export class Swarm<D extends SwarmDevice> {
  readonly #groupId: string;
  readonly #fileId: string;
  readonly #devices = new Map<string, D>();
  /** By place; see told.ts. */
  readonly #told = new Map<string, ToldCount>();
  /** The same devices by place; undefined while there are few. */
  #pools: Map<string, PlacePools<D>> | undefined;

  constructor(groupId: string, fileId: string) {
    this.#groupId = groupId;
    this.#fileId = fileId;
  }

  get devices(): ReadonlyMap<string, D> {
    return this.#devices;
  }

  /** A device offers the content from now on; its offers say so already. */
  add(device: D): void {
    this.#devices.set(device.deviceId, device);
    this.count(device, 1);
    if (this.#pools || this.#devices.size < SWARM_POOLED_FROM) return;
    this.#pools = new Map();
    for (const each of this.#devices.values()) this.#pool(each, 1, this.#isWhole(each));
  }

  /** A device offers the content no longer; it had all of it, or not. */
  remove(device: D, isWhole: boolean): void {
    this.#devices.delete(device.deviceId);
    this.count(device, -1, isWhole);
    if (this.#devices.size < SWARM_POOLED_BELOW) this.#pools = undefined;
  }

  /** Counts a device in or out where it is told of; before and after that changes. */
  count(device: D, change: 1 | -1, isWhole = this.#isWhole(device)): void {
    for (const place of placesOf(device.presence)) {
      const counted = this.#told.get(place) ?? { reachable: 0, complete: 0 };
      counted.reachable += change;
      counted.complete += isWhole ? change : 0;
      if (counted.reachable > 0) this.#told.set(place, counted);
      else this.#told.delete(place);
    }
    this.#pool(device, change, isWhole);
  }

  size(places = NOWHERE): SwarmSize {
    const size = { peers: this.#devices.size, complete: 0, reachable: 0 };
    for (const place of lookedAt(places)) {
      const told = this.#told.get(place);
      size.complete += told?.complete ?? 0;
      size.reachable += told?.reachable ?? 0;
    }
    return size;
  }

  draw(wanted: Wanted): OnlinePeer[] {
    const { places = NOWHERE } = wanted;
    const source = this.#pools ? pooled(this.#pools, wanted) : this.#scanned(wanted);
    const peers: OnlinePeer[] = [];
    for (const device of draw(source, wanted)) {
      const peer = asTold(device.presence, this.#isWhole(device), places);
      if (peer) peers.push(peer);
    }
    return peers;
  }

  #isWhole({ offers }: D): boolean {
    return offers.get(this.#groupId)?.get(this.#fileId) === true;
  }

  #pool(device: D, change: 1 | -1, isWhole: boolean): void {
    if (!this.#pools) return;
    for (const place of placesOf(device.presence)) {
      const pools = this.#pools.get(place) ?? { whole: new PeerPool<D>(), part: new PeerPool<D>() };
      this.#pools.set(place, pools);
      const pool = isWhole ? pools.whole : pools.part;
      if (change === 1) pool.add(device);
      else pool.remove(device);
      if (pools.whole.size + pools.part.size === 0) this.#pools.delete(place);
    }
  }

  #scanned({ places = NOWHERE, random }: Wanted): DrawSource<D> {
    const at = new Set(lookedAt(places));
    const told = [...this.#devices.values()].filter(({ presence }) =>
      placesOf(presence).some((place) => at.has(place)),
    );
    const shuffled = [...inRandomOrder(told, random)];
    return {
      whole: () => shuffled.filter((device) => this.#isWhole(device)),
      all: () => shuffled,
    };
  }
}

function pooled<D extends SwarmDevice>(
  pools: ReadonlyMap<string, PlacePools<D>>,
  { places = NOWHERE, random }: Wanted,
): DrawSource<D> {
  const at = lookedAt(places).flatMap((place) => pools.get(place) ?? []);
  return {
    whole: (isFull) =>
      mixed(
        at.map(({ whole }) => whole),
        random,
        isFull,
      ),
    all: (isFull) =>
      mixed(
        at.flatMap(({ whole, part }) => [whole, part]),
        random,
        isFull,
      ),
  };
}

/** Draws from several pools, from each the more often the more there is in it. */
function* mixed<D extends SwarmDevice>(
  pools: readonly PeerPool<D>[],
  random: () => number,
  isFull: IsFull,
): Generator<D> {
  const left = pools
    .filter(({ size }) => size > 0)
    .map((pool) => ({ size: pool.size, devices: pool.draw(random, isFull) }));
  let total = left.reduce((sum, { size }) => sum + size, 0);
  while (left.length > 0) {
    let at = 0;
    for (let place = random() * total; at < left.length - 1; at++) {
      place -= left[at]!.size;
      if (place < 0) break;
    }
    const from = left[at]!;
    const next = from.devices.next();
    if (next.done) {
      left.splice(at, 1);
      total -= from.size;
      continue;
    }
    from.size--;
    total--;
    yield next.value;
  }
}
