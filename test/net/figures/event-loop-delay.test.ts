import t from 'tap';
import { EventLoopDelay, type LoopMonitor } from '../../../src/net/figures/event-loop-delay.js';

/** A monitor that has seen these samples, of its own 100 ms each besides. */
class FakeMonitor implements LoopMonitor {
  #lateMs: number[] = [];

  see(...lateMs: number[]): void {
    this.#lateMs.push(...lateMs);
  }
  get count(): number {
    return this.#lateMs.length;
  }
  get mean(): number {
    return 1e6 * (100 + this.#lateMs.reduce((sum, ms) => sum + ms, 0) / this.count);
  }
  get max(): number {
    return 1e6 * (100 + Math.max(...this.#lateMs));
  }
  percentile(): number {
    return this.max;
  }
  reset(): void {
    this.#lateMs = [];
  }
}

void t.test('what was long ago does not count', (t) => {
  const monitor = new FakeMonitor();
  const delay = new EventLoopDelay(monitor);
  const nothing = { meanMs: 0, p99Ms: 0, maxMs: 0 };
  t.same(delay.lately(), nothing);
  monitor.see(500, 0);
  const bad = { meanMs: 250, p99Ms: 500, maxMs: 500 };
  t.same(delay.lately(), bad);
  delay.onStretch();
  monitor.see(10, 20);
  t.same(delay.lately(), bad, 'the stretch before counts');
  delay.onStretch();
  t.same(delay.lately(), { meanMs: 15, p99Ms: 20, maxMs: 20 });
  delay.onStretch();
  t.same(delay.lately(), nothing);
  delay.close();
  t.end();
});

void t.test('the one of this process counts from its start', async (t) => {
  const delay = new EventLoopDelay();
  t.teardown(() => delay.close());
  const { meanMs, p99Ms, maxMs } = delay.lately();
  t.ok(meanMs >= 0 && p99Ms >= 0 && maxMs >= 0);
});
