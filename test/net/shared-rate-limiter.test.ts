import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import t from 'tap';
import { createRateCell, SharedRateLimiter } from '../../src/net/shared-rate-limiter.js';
import type { RateLimiterThreadData } from './rate-limiter-thread.js';

const NS_PER_MS = 1_000_000n;
const RUN_MS = 10_000;
const BURST_MS = 25;

interface Sender {
  readonly limiter: SharedRateLimiter;
  readonly bytes: number;
  /** How late its timers fire. */
  readonly lateMs: number;
  /** When its reserved bytes may pass. */
  wakeMs: number;
}

/** Bytes that pass within ten seconds when each sender waits, sends, and reserves again. */
function passedInTenSeconds(
  rate: number,
  senders: readonly { bytes: number; lateMs: number }[],
): number {
  let nowMs = 0;
  const cell = createRateCell(rate);
  const clock = (): bigint => 5_000n * NS_PER_MS + BigInt(nowMs) * NS_PER_MS;
  const running: Sender[] = senders.map((sender) => {
    const limiter = new SharedRateLimiter(cell, clock);
    return { ...sender, limiter, wakeMs: limiter.reserve(sender.bytes) };
  });
  let passed = 0;
  for (;;) {
    const next = running.reduce((first, sender) => (sender.wakeMs < first.wakeMs ? sender : first));
    nowMs = next.wakeMs;
    if (nowMs > RUN_MS) return passed;
    passed += next.bytes;
    const waitMs = next.limiter.reserve(next.bytes);
    next.wakeMs = nowMs + (waitMs === 0 ? 0 : waitMs + next.lateMs);
  }
}

t.test('the rate is exact within 5 % over ten seconds for any mix of senders', (t) => {
  const sender = fc.record({
    bytes: fc.integer({ min: 1_000, max: 40_000 }),
    lateMs: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000_000, max: 20_000_000 }),
      fc.array(sender, { minLength: 1, maxLength: 5 }),
      (rate, senders) => {
        const ratio = passedInTenSeconds(rate, senders) / (rate * (RUN_MS / 1000));
        return ratio > 0.95 && ratio < 1.05;
      },
    ),
    { numRuns: 15 },
  );
  t.end();
});

t.test('blocks that take longer than the burst never exceed the rate', (t) => {
  const passed = passedInTenSeconds(1 << 20, [{ bytes: 1 << 18, lateMs: 2 }]);
  t.ok(passed <= 10 * (1 << 20) + (1 << 18));
  t.ok(passed >= 0.95 * 10 * (1 << 20));
  t.end();
});

t.test('after idle only the burst passes at once', (t) => {
  let nowNs = 0n;
  const limiter = new SharedRateLimiter(createRateCell(1_000_000), () => nowNs);
  nowNs = 3_600_000n * NS_PER_MS;
  t.equal(limiter.reserve(1_000 * BURST_MS), 0);
  t.equal(limiter.reserve(1_000), 1);
  t.equal(limiter.reserve(500), 2);
  nowNs += 100n * NS_PER_MS;
  t.equal(limiter.reserve(1_000), 0);
  t.end();
});

t.test('without a limit nothing waits, and the rate can be set and lifted for all', (t) => {
  const cell = createRateCell(undefined);
  const [one, other] = [
    new SharedRateLimiter(cell, () => 0n),
    new SharedRateLimiter(cell, () => 0n),
  ];
  t.equal(one.isLimited, false);
  t.equal(one.reserve(Number.MAX_SAFE_INTEGER), 0);
  one.setRate(1_000);
  t.equal(other.isLimited, true);
  t.equal(other.reserve(10_000), 10_000 - BURST_MS);
  t.equal(one.reserve(1_000), 11_000 - BURST_MS);
  other.setRate(undefined);
  t.equal(one.isLimited, false);
  t.equal(one.reserve(1), 0);
  t.end();
});

t.test('a new rate forgives what was reserved at the old one', (t) => {
  const limiter = new SharedRateLimiter(createRateCell(1), () => 0n);
  t.equal(limiter.reserve(1_000), 1_000_000 - BURST_MS);
  limiter.setRate(1_000_000);
  t.equal(limiter.reserve(1_000), 0);
  t.end();
});

t.test('a rate that is none is a bug', (t) => {
  for (const rate of [0, -1, 0.5, NaN, Infinity]) {
    t.throws(() => createRateCell(rate), /^bug: /);
  }
  t.end();
});

t.test('a reservation that loses the race is made again, and both count', (t) => {
  const cell = createRateCell(1_000);
  const rival = new SharedRateLimiter(cell, () => 0n);
  let races = 3;
  // The clock is read between load and swap: the one moment at which another thread can win.
  const limiter = new SharedRateLimiter(cell, () => {
    if (races-- > 0) rival.reserve(1_000);
    return 0n;
  });
  t.equal(limiter.reserve(1_000), 4_000 - BURST_MS);
  t.end();
});

t.test('no reservation of several threads is lost', async (t) => {
  const cell = createRateCell(1_000_000);
  const workerData: RateLimiterThreadData = { cell, reservations: 20_000, bytes: 1_000 };
  const url = new URL('./rate-limiter-thread.js', import.meta.url);
  const threads = [1, 2, 3].map(() => new Worker(url, { workerData }));
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
  const limiter = new SharedRateLimiter(cell, () => 0n);
  t.equal(limiter.reserve(1_000), 3 * 20_000 + 1 - BURST_MS);
});
