/** Which limit holds for a connection. */
import t from 'tap';
import { isIPv4 } from '../../../src/net/ip-address.js';
import { ownNetworks } from '../../../src/net/own-networks.js';
import { createRateCell } from '../../../src/net/shared-rate-limiter.js';
import { WayLimiter } from '../../../src/workers/dialling/way-limiter.js';

const MiB = 1_048_576;

t.test('who is in the own network counts there, and for nothing else', (t) => {
  const near = ownNetworks().find(
    ({ cidr, isInternal }) => !isInternal && isIPv4(cidr.split('/')[0]!),
  );
  const [host] = near?.cidr.split('/') ?? [];
  const limited = (): WayLimiter =>
    new WayLimiter({ all: createRateCell(MiB), lan: createRateCell(undefined) });
  const far = limited();
  far.onConnected('8.8.8.8');
  t.ok(far.isLimited && far.reserve(MiB) > 0);
  const relayed = limited();
  relayed.onConnected(undefined);
  t.ok(relayed.isLimited);
  const alike = new WayLimiter({ all: createRateCell(MiB), lan: undefined });
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
