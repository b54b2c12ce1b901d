import t from 'tap';
import { MeteredTraffic } from '../../../src/main/swarm/metered-traffic.js';

t.test('each way has its sum, and a rate that fades', async (t) => {
  let nowMs = 1_000;
  const traffic = new MeteredTraffic(() => nowMs);
  t.same(traffic.bytesPerSecond, { lan: 0, wan: 0, relay: 0 });
  for (let second = 0; second < 60; second++) {
    for (let part = 0; part < 10; part++) {
      nowMs += 100;
      traffic.add('lan', 300);
      traffic.add('wan', 100);
    }
  }
  t.same(traffic.bytes, { lan: 180_000, wan: 60_000, relay: 0 });
  t.equal(traffic.total, 240_000);
  const { lan, wan, relay } = traffic.bytesPerSecond;
  t.ok(Math.abs(lan - 3_000) < 200, String(lan));
  t.ok(Math.abs(wan - 1_000) < 70, String(wan));
  t.equal(relay, 0);
});

t.test(
  'what has stopped is told as stopped after a few seconds, and each way by itself',
  async (t) => {
    let nowMs = 1_000;
    const traffic = new MeteredTraffic(() => nowMs);
    const move = (seconds: number, ways: readonly ('lan' | 'wan')[]): void => {
      for (let part = 0; part < 10 * seconds; part++) {
        nowMs += 100;
        for (const way of ways) traffic.add(way, 10_000_000);
      }
    };
    move(20, ['lan', 'wan']);
    t.ok(traffic.bytesPerSecond.lan > 90_000_000);
    nowMs += 2_900;
    t.ok(traffic.bytesPerSecond.lan > 10_000_000, 'a pause is not the end');
    nowMs += 2_100;
    t.same(traffic.bytesPerSecond, { lan: 0, wan: 0, relay: 0 });
    t.equal(traffic.bytes.lan, 2_000_000_000, 'the sum stays');
    move(5, ['wan']);
    const { lan, wan } = traffic.bytesPerSecond;
    t.equal(lan, 0);
    t.ok(wan > 80_000_000 && wan < 110_000_000, String(wan));
  },
);
