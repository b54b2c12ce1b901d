/** Bytes by the way they go: within the machine's own networks, outside of them, or through a relay. */
import { isInNetworks, ownNetworks } from './own-networks.js';

/** `lan` has what stays on this machine too. */
export type TrafficClass = 'lan' | 'wan' | 'relay';

export type TrafficBytes = Readonly<Record<TrafficClass, number>>;

/** Counts them; owns the sums. */
export class Traffic {
  readonly #bytes: Record<TrafficClass, number> = { lan: 0, wan: 0, relay: 0 };

  get bytes(): TrafficBytes {
    return { ...this.#bytes };
  }

  get total(): number {
    return this.#bytes.lan + this.#bytes.wan + this.#bytes.relay;
  }

  add(kind: TrafficClass, bytes: number): void {
    this.#bytes[kind] += bytes;
  }
}

/** Of a connection with somebody at `host`. */
export function trafficClassOf(
  host: string,
  way: 'called' | 'relayed' | undefined,
  networks = ownNetworks(),
): TrafficClass {
  if (way === 'relayed') return 'relay';
  return isInNetworks(host, networks) ? 'lan' : 'wan';
}

/** All together. */
export function sumOf(...all: readonly TrafficBytes[]): TrafficBytes {
  const sum = (kind: TrafficClass): number => all.reduce((bytes, one) => bytes + one[kind], 0);
  return { lan: sum('lan'), wan: sum('wan'), relay: sum('relay') };
}
