/**
 * One rate limit for all threads, in one SharedArrayBuffer: the generic cell rate algorithm
 * (ITU-T I.371, the leaky bucket as virtual scheduling) with a compare-and-swap on the moment
 * at which everything reserved so far has been paid for. No locks, no timers, no messages:
 * a caller reserves bytes, and waits as long as it is told before it lets them pass.
 */
import { bug } from './errors.js';

/** Slot: when all reserved bytes are paid for, nanoseconds on the monotonic clock. */
const PAID_AT = 0;
/** Slot: bytes per second, 0 for no limit, -1 for a cell that stands aside. */
const RATE = 1;
/** Slot: how often the rate was set. */
const CHANGES = 2;
const SLOT_COUNT = 3;
export const RATE_CELL_BYTES = SLOT_COUNT * BigInt64Array.BYTES_PER_ELEMENT;

/** Bytes per second; `aside`: it holds nothing, and what it would hold counts elsewhere. @default no limit */
export type Rate = number | 'aside' | undefined;

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000;
/**
 * How far ahead of the rate bytes may pass: long enough that a late timer loses nothing,
 * short enough that the rate holds within 5 % over any second.
 */
const BURST_NS = 25_000_000n;

/** Makes the memory of one limit; `undefined` is no limit. */
export function createRateCell(bytesPerSecond: Rate): SharedArrayBuffer {
  const cell = new SharedArrayBuffer(RATE_CELL_BYTES);
  new BigInt64Array(cell)[RATE] = toSlot(bytesPerSecond);
  return cell;
}

/** One thread's view of a limit. */
export class SharedRateLimiter {
  readonly #slots: BigInt64Array<SharedArrayBuffer>;
  readonly #nowNs: () => bigint;

  /** `nowNs` is a monotonic clock that all threads of the cell share; the cell begins at `offset`. */
  constructor(
    cell: SharedArrayBuffer,
    nowNs: () => bigint = () => process.hrtime.bigint(),
    offset = 0,
  ) {
    this.#slots = new BigInt64Array(cell, offset, SLOT_COUNT);
    this.#nowNs = nowNs;
  }

  /** It holds nothing: another cell counts what goes this way. */
  get isAside(): boolean {
    return Atomics.load(this.#slots, RATE) < 0n;
  }

  /** True while there is a limit. */
  get isLimited(): boolean {
    return Atomics.load(this.#slots, RATE) > 0n;
  }

  /** Another number whenever the rate was set. */
  get changes(): number {
    return Number(Atomics.load(this.#slots, CHANGES));
  }

  /** Changes the rate for all threads; what was reserved at the old rate is forgiven. */
  setRate(bytesPerSecond: Rate): void {
    Atomics.store(this.#slots, RATE, toSlot(bytesPerSecond));
    Atomics.store(this.#slots, PAID_AT, this.#nowNs());
    Atomics.add(this.#slots, CHANGES, 1n);
  }

  /**
   * Reserves bytes and returns how many milliseconds to wait before they may pass: until they
   * are paid for at the present rate, less the burst. Always counts, also when it says wait.
   */
  reserve(bytes: number): number {
    const rate = Atomics.load(this.#slots, RATE);
    if (rate <= 0n) return 0;
    const cost = (BigInt(bytes) * NS_PER_SECOND + rate - 1n) / rate;
    for (;;) {
      const paidAt = Atomics.load(this.#slots, PAID_AT);
      const now = this.#nowNs();
      const next = (paidAt > now ? paidAt : now) + cost;
      if (Atomics.compareExchange(this.#slots, PAID_AT, paidAt, next) !== paidAt) continue;
      const wait = next - BURST_NS - now;
      return wait > 0n ? Math.ceil(Number(wait) / NS_PER_MS) : 0;
    }
  }
}

function toSlot(bytesPerSecond: Rate): bigint {
  if (bytesPerSecond === 'aside') return -1n;
  if (bytesPerSecond === undefined) return 0n;
  if (!Number.isSafeInteger(bytesPerSecond) || bytesPerSecond < 1) bug(`rate ${bytesPerSecond}`);
  return BigInt(bytesPerSecond);
}
