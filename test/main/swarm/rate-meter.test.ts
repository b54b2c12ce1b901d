import t from 'tap';
import { RateMeter } from '../../../src/main/swarm/rate-meter.js';

function feed(meter: RateMeter, fromMs: number, toMs: number, bytesPerSecond: number): void {
  for (let nowMs = fromMs + 250; nowMs <= toMs; nowMs += 250) meter.add(bytesPerSecond / 4, nowMs);
}

t.test('a meter that has not run has no rate', async (t) => {
  t.equal(new RateMeter().bytesPerSecond(5_000), 0);
});

t.test('an even stream is measured right from the start', async (t) => {
  const meter = new RateMeter();
  meter.start(1_000);
  feed(meter, 1_000, 2_000, 1_000_000);
  t.ok(Math.abs(meter.bytesPerSecond(2_000) - 1_000_000) < 100_000);
  feed(meter, 2_000, 60_000, 1_000_000);
  t.ok(Math.abs(meter.bytesPerSecond(60_000) - 1_000_000) < 100_000);
});

t.test('silence lowers the rate, within about two seconds to a third', async (t) => {
  const meter = new RateMeter();
  meter.start(0);
  feed(meter, 0, 20_000, 1_000_000);
  const rate = meter.bytesPerSecond(22_000);
  t.ok(rate > 300_000 && rate < 450_000, `is ${rate}`);
});

t.test('time in which the meter was stopped does not count', async (t) => {
  const meter = new RateMeter();
  meter.start(0);
  feed(meter, 0, 4_000, 1_000_000);
  const before = meter.bytesPerSecond(4_000);
  meter.stop(4_000);
  t.equal(meter.bytesPerSecond(90_000), before);
  meter.start(90_000);
  t.equal(meter.bytesPerSecond(90_000), before);
  t.equal(meter.ranMs(90_500), 4_500);
});

t.test('a clock that steps back is ignored', async (t) => {
  const meter = new RateMeter();
  meter.start(1_000);
  meter.add(1_000, 2_000);
  t.equal(meter.bytesPerSecond(1_500), meter.bytesPerSecond(2_000));
});
