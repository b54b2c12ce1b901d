/** Bytes by the way they go, with how fast they go just now. Owns the sums and the means; the clock is handed in. */
import { Traffic, type TrafficBytes, type TrafficClass } from '../../net/traffic.js';
import { RateMeter } from './rate-meter.js';

/** A way by which nothing has come for so long is at rest: the mean alone would never say so. */
const AT_REST_AFTER_MS = 4_000;

export class MeteredTraffic {
  readonly #traffic = new Traffic();
  readonly #meters: Readonly<Record<TrafficClass, RateMeter>> = {
    lan: new RateMeter(),
    wan: new RateMeter(),
    relay: new RateMeter(),
  };
  readonly #lastMs: Record<TrafficClass, number> = { lan: 0, wan: 0, relay: 0 };
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

  /** Of each way, averaged over about two seconds; 0 of one that is at rest. */
  get bytesPerSecond(): TrafficBytes {
    const nowMs = this.#steadyMs();
    const rateOf = (kind: TrafficClass): number =>
      nowMs - this.#lastMs[kind] < AT_REST_AFTER_MS ? this.#meters[kind].bytesPerSecond(nowMs) : 0;
    return { lan: rateOf('lan'), wan: rateOf('wan'), relay: rateOf('relay') };
  }

  add(kind: TrafficClass, bytes: number): void {
    this.#traffic.add(kind, bytes);
    this.#lastMs[kind] = this.#steadyMs();
    this.#meters[kind].add(bytes, this.#lastMs[kind]);
  }
}
