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
  nowMs += 20_000;
  t.ok(traffic.bytesPerSecond.lan < 1);
});
