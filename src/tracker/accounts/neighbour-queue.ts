/**
 * Things that wait, by the network they are for: neighbourhoods take turns, and in each its networks. So whoever has many
 * addresses side by side waits for themselves, too. Pure; the bound is the caller's.
 */
import { neighbourhoodOfNetwork } from '../../net/network-of.js';
import { FairQueue } from '../fair-queue.js';

/** Who has most waiting. */
export interface Busiest {
  readonly network: string;
  readonly count: number;
}

export class NeighbourQueue<T> {
  /** Whose turn is next stands first; none without things. */
  readonly #neighbourhoods = new Map<string, FairQueue<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Things of one network. */
  sizeOf(network: string): number {
    return this.#around(network)?.sizeOf(network) ?? 0;
  }

  /** Things of all of the neighbourhood of a network. */
  sizeAround(network: string): number {
    return this.#around(network)?.size ?? 0;
  }

  push(network: string, thing: T): void {
    const neighbourhood = neighbourhoodOfNetwork(network);
    const queue = this.#neighbourhoods.get(neighbourhood) ?? new FairQueue<T>();
    this.#neighbourhoods.set(neighbourhood, queue);
    queue.push(network, thing);
    this.#size++;
  }

  /** Takes the oldest thing of the network whose turn it is. */
  shift(): T | undefined {
    const next = this.#neighbourhoods.entries().next();
    if (next.done) return undefined;
    const [neighbourhood, queue] = next.value;
    this.#neighbourhoods.delete(neighbourhood);
    const thing = queue.shift();
    if (queue.size > 0) this.#neighbourhoods.set(neighbourhood, queue);
    this.#size--;
    return thing;
  }

  /** Takes the newest thing of a network. */
  pop(network: string): T | undefined {
    const queue = this.#around(network);
    const thing = queue?.pop(network);
    if (!queue || thing === undefined) return undefined;
    this.#size--;
    if (queue.size === 0) this.#neighbourhoods.delete(neighbourhoodOfNetwork(network));
    return thing;
  }

  /** The network with most things of the neighbourhood with most, and how many that neighbourhood has. */
  busiest(): Busiest | undefined {
    let found: FairQueue<T> | undefined;
    for (const queue of this.#neighbourhoods.values()) {
      if (queue.size > (found?.size ?? 0)) found = queue;
    }
    const most = found?.busiest();
    return found && most && { network: most.party, count: found.size };
  }

  /** The network with most things around one, and how many it has. */
  busiestAround(network: string): Busiest | undefined {
    const most = this.#around(network)?.busiest();
    return most && { network: most.party, count: most.count };
  }

  #around(network: string): FairQueue<T> | undefined {
    return this.#neighbourhoods.get(neighbourhoodOfNetwork(network));
  }
}
