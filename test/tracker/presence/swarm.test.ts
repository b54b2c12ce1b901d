import fc from 'fast-check';
import t from 'tap';
import { SWARM_POOLED_BELOW, SWARM_POOLED_FROM } from '../../../src/net/limits.js';
import { CALLERS, type DevicePresence } from '../../../src/tracker/presence/presence.js';
import { Swarm } from '../../../src/tracker/presence/swarm.js';

type Reach = Pick<DevicePresence, 'addresses' | 'nearby' | 'calls' | 'isUnreached'>;

const addresses = [{ host: '198.51.100.1', port: 4000 }];
const near = [{ to: 'house', addresses: [{ host: '10.0.0.1', port: 1 }] }];
/** Everybody is told of the first one, nobody of the last. */
const reaches: readonly Reach[] = [
  { addresses },
  { addresses: [], nearby: near },
  { addresses: [], nearby: near, calls: true, isUnreached: true },
  { addresses: [], calls: true, isUnreached: true },
  { addresses: [] },
];

function device(n: number, reach: Reach = { addresses }, isWhole = false) {
  const [deviceId, userId] = [`device ${n}`, `user ${n}`];
  const offers = new Map([['g', new Map([['cat', isWhole]])]]);
  const presence: DevicePresence = { deviceId, userId, ...reach };
  return { deviceId, userId, presence, offers };
}

const everyone = (places: readonly string[] = [], random = Math.random) => ({
  ...{ places, random, count: Infinity, maxPerUser: Infinity },
  isKnown: () => false,
});

void t.test('few devices or many, the same ones are told', async () => {
  const kind = fc.record({ reach: fc.nat(reaches.length - 1), isWhole: fc.boolean() });
  const places = fc.constantFrom([], ['house'], [CALLERS], ['house', CALLERS], ['moon']);
  const most = 2 * SWARM_POOLED_FROM;
  fc.assert(
    fc.property(fc.array(kind, { maxLength: most }), fc.nat(most), places, (kinds, left, at) => {
      const swarm = new Swarm<ReturnType<typeof device>>('g', 'cat');
      const all = kinds.map(({ reach, isWhole }, n) => device(n, reaches[reach], isWhole));
      for (const one of all) swarm.add(one);
      for (const one of all.splice(left)) swarm.remove(one, one.offers.get('g')!.get('cat')!);
      const told = swarm.draw(everyone(at));
      const { peers, reachable, complete } = swarm.size(at);
      return (
        peers === all.length &&
        told.length === reachable &&
        told.filter((peer) => peer.complete).length === complete &&
        new Set(told.map(({ deviceId }) => deviceId)).size === told.length
      );
    }),
    { numRuns: 200 },
  );
});

void t.test('a device that changes is drawn as it is now', async (t) => {
  const swarm = new Swarm<ReturnType<typeof device>>('g', 'cat');
  const all = Array.from({ length: SWARM_POOLED_FROM }, (_, n) => device(n));
  for (const one of all) swarm.add(one);
  const [first] = all;
  swarm.count(first!, -1);
  first!.offers.get('g')!.set('cat', true);
  swarm.count(first!, 1);
  const onlyWhole = { ...everyone(), onlyWhole: true };
  t.match(swarm.draw(onlyWhole), [{ deviceId: 'device 0', complete: true }]);
  for (const one of all.slice(SWARM_POOLED_BELOW - 1)) swarm.remove(one, false);
  t.match(swarm.draw(onlyWhole), [{ deviceId: 'device 0', complete: true }]);
  t.equal(swarm.draw(everyone()).length, SWARM_POOLED_BELOW - 1);
});

void t.test('what a draw costs does not grow with the swarm', async (t) => {
  const looksAt = (size: number): number => {
    const swarm = new Swarm<ReturnType<typeof device>>('g', 'cat');
    for (let n = 0; n < size; n++) swarm.add(device(n, { addresses }, n % 50 === 0));
    let looks = 0;
    const random = () => (looks++, Math.random());
    const isKnown = () => (looks++, false);
    t.equal(swarm.draw({ ...everyone(), count: 20, random, isKnown }).length, 20);
    return looks;
  };
  const [few, many] = [looksAt(500), looksAt(50_000)];
  t.ok(many <= few + 20, `${few} and ${many}`);
});
