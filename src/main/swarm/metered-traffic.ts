/** Bytes by the way they go, with how fast they go just now. Owns the sums and the means; the clock is handed in. */
import { Traffic, type TrafficBytes, type TrafficClass } from '../../net/traffic.js';
import { RateMeter } from './rate-meter.js';

export class MeteredTraffic {
  readonly #traffic = new Traffic();
  readonly #meters: Readonly<Record<TrafficClass, RateMeter>> = {
    lan: new RateMeter(),
    wan: new RateMeter(),
    relay: new RateMeter(),
  };
  readonly #steadyMs: () => number;

  constructor(steadyMs: () => number = () => performance.now()) {
    this.#steadyMs = steadyMs;
    for (const meter of Object.values(this.#meters)) meter.start(steadyMs());
  }

  get bytes(): TrafficBytes {
    return this.#traffic.bytes;
  }

  get total(): number {
    return this.#traffic.total;
  }

  /** Of each way, averaged over about two seconds. */
  get bytesPerSecond(): TrafficBytes {
    const nowMs = this.#steadyMs();
    const { lan, wan, relay } = this.#meters;
    return {
      lan: lan.bytesPerSecond(nowMs),
      wan: wan.bytesPerSecond(nowMs),
      relay: relay.bytesPerSecond(nowMs),
    };
  }

  add(kind: TrafficClass, bytes: number): void {
    this.#traffic.add(kind, bytes);
    this.#meters[kind].add(bytes, this.#steadyMs());
  }
}
