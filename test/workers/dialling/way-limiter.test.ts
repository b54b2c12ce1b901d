/** Which limit holds for a connection. */
import t from 'tap';
import { isIPv4 } from '../../../src/net/ip-address.js';
import { ownNetworks } from '../../../src/net/own-networks.js';
import { setGroupRate } from '../../../src/net/group-rates.js';
import { trafficClassOf } from '../../../src/net/traffic.js';
import { SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { WayLimiter } from '../../../src/workers/dialling/way-limiter.js';

const MiB = 1_048_576;

/** An address in a network of this machine, if it is in one. */
function nearHost(): string | undefined {
  const near = ownNetworks().find(
    ({ cidr, isInternal }) => !isInternal && isIPv4(cidr.split('/')[0]!),
  );
  return near?.cidr.split('/')[0];
}

t.test('who is in the own network counts there, and for nothing else', (t) => {
  const host = nearHost();
  const limited = (): WayLimiter =>
    new WayLimiter(createRates({ upBytesPerSecond: MiB, lanBytesPerSecond: 'unlimited' }), 'up');
  const far = limited();
  far.onConnected('8.8.8.8');
  t.ok(far.isLimited && far.reserve(MiB) > 0);
  const relayed = limited();
  relayed.onConnected(undefined);
  t.ok(relayed.isLimited);
  const alike = new WayLimiter(createRates({ upBytesPerSecond: MiB }), 'up');
  alike.onConnected(host);
  t.ok(alike.isLimited, 'without a limit of its own it is as all others');
  if (host === undefined) t.comment('this machine is in no network');
  else {
    const inside = limited();
    inside.onConnected(host);
    t.notOk(inside.isLimited);
    t.equal(inside.reserve(10 * MiB), 0);
  }
  t.end();
});

t.test(
  'what stays on this machine is of its own network, as it is where bytes are counted',
  (t) => {
    for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      const rates = createRates({ upBytesPerSecond: MiB, lanBytesPerSecond: 'unlimited' });
      const here = new WayLimiter(rates, 'up');
      here.onConnected(host);
      new SharedRateLimiter(rates.wan.up).setRate(MiB);
      t.same([here.isLimited, here.lane, here.reserve(10 * MiB)], [false, 'near', 0], host);
      t.equal(trafficClassOf(host, undefined), 'lan', host);
    }
    t.end();
  },
);

t.test('which limits hold is looked at whenever bytes are to pass', (t) => {
  const rates = createRates({});
  const limiter = new WayLimiter(rates, 'up');
  limiter.onConnected(nearHost());
  limiter.onGroup('chess');
  t.same([limiter.isLimited, limiter.lane], [false, 'all']);
  const { changes } = limiter;
  new SharedRateLimiter(rates.up).setRate(MiB);
  setGroupRate(rates.groups, 'chess', { up: 1_024, down: undefined });
  t.not(limiter.changes, changes);
  t.same([limiter.isLimited, limiter.lane], [true, 'all chess']);
  t.ok(limiter.reserve(10 * 1_024) > 9_000, 'the slower one has its way');
  new SharedRateLimiter(rates.lan.up).setRate(undefined);
  setGroupRate(rates.groups, 'chess', { up: undefined, down: undefined });
  if (nearHost()) t.same([limiter.isLimited, limiter.lane], [false, 'near']);
  new SharedRateLimiter(rates.lan.up).setRate('aside');
  t.same([limiter.isLimited, limiter.lane], [true, 'all']);
  t.end();
});

t.test('who is outside the own network counts there besides', (t) => {
  const rates = createRates({ upBytesPerSecond: 100 * MiB });
  const far = new WayLimiter(rates, 'up');
  far.onConnected('8.8.8.8');
  const { changes } = far;
  t.equal(far.lane, 'all');
  new SharedRateLimiter(rates.wan.up).setRate(MiB);
  t.not(far.changes, changes);
  t.equal(far.lane, 'far');
  t.ok(far.reserve(10 * MiB) > 9_000, 'the slower one has its way');
  const other = new WayLimiter(rates, 'up');
  other.onConnected(undefined);
  t.ok(other.reserve(1) > 9_000, 'for all who are there together');
  new SharedRateLimiter(rates.up).setRate(undefined);
  t.ok(far.isLimited);
  const host = nearHost();
  if (host !== undefined) {
    const near = new WayLimiter(rates, 'up');
    near.onConnected(host);
    t.same([near.isLimited, near.lane, near.reserve(10 * MiB)], [false, 'all', 0]);
  }
  t.end();
});
