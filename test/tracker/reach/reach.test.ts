/** Where devices are told of, with a clock that is a number and a net that is a table. */
import t from 'tap';
import {
  MAX_REACH_DIALS_PER_SOURCE,
  MAX_REACH_DIALS_PER_USER,
  REACH_INTERVAL_MS,
  REACH_RETRY_MS,
} from '../../../src/net/limits.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { Reach, type ReachClaim } from '../../../src/tracker/reach/reach.js';

const HOST = '198.51.100.7';
/** An address of the machine on which the tracker runs. */
const TRACKER = '192.0.2.80';
const VICTIM = { host: '203.0.113.9', port: 443 };

function at(host: string, port = 4000): PeerAddress {
  return { host, port };
}

/** `net` says which device is where; a dial of anything else is in vain. */
function scene(net: Readonly<Record<string, string>> = {}, failure = 'ETIMEDOUT') {
  const dialled: string[] = [];
  const told: [deviceId: string, hosts: string][] = [];
  const looks: string[] = [];
  const nearby: string[] = [];
  const clock = { nowMs: 0, retry: undefined as (() => void) | undefined };
  const reach = new Reach({
    dialBack: async ({ host, port }, signal) => {
      signal.throwIfAborted();
      dialled.push(`${host}:${port}`);
      const holder = net[`${host}:${port}`];
      if (holder === undefined) throw Object.assign(new Error('silence'), { code: failure });
      return holder;
    },
    nowMs: () => clock.nowMs,
    delay: (callback, delayMs) => {
      t.equal(delayMs, REACH_RETRY_MS);
      clock.retry = callback;
      return () => (clock.retry = undefined);
    },
    onLookedAt: (deviceId, to, look) => {
      const { proven } = look;
      told.push([deviceId, proven.map(({ host, port }) => `${host}:${port}`).join()]);
      looks.push(look.tried.map(({ host, outcome }) => `${host} ${outcome}`).join());
      nearby.push(to.nearby?.map((one) => `${one.to}: ${one.addresses.length}`).join() ?? '');
    },
    isOwnHost: (host) => host === TRACKER,
  });
  const claim = async (deviceId: string, ...claimed: Partial<ReachClaim>[]): Promise<void> => {
    for (const some of claimed) {
      reach.claim({
        deviceId,
        userId: `user of ${deviceId}`,
        source: HOST,
        addresses: [at(HOST)],
        local: [],
        ...some,
      });
    }
    await new Promise(setImmediate);
  };
  const pass = async (ms: number): Promise<void> => {
    clock.nowMs += ms;
    const { retry } = clock;
    clock.retry = undefined;
    retry?.();
    await new Promise(setImmediate);
  };
  return { reach, dialled, told, looks, nearby, clock, claim, pass };
}

t.test('an address is told of when its device was found there', async (t) => {
  const { reach, dialled, told, claim } = scene({ [`${HOST}:4000`]: 'ann' });
  t.same(reach.provenOf('ann', [at(HOST)]), [], 'not before');
  await claim('ann', {});
  t.same(dialled, [`${HOST}:4000`]);
  t.same(told, [['ann', `${HOST}:4000`]]);
  await claim('ann', {}, {});
  t.same(reach.provenOf('ann', [at(HOST), at(HOST, 5)]), [at(HOST)]);
  t.equal(dialled.length, 1, 'nor again for what is proven');
});

t.test('whoever is not there is told so, and others are not told of it', async (t) => {
  const { reach, told, claim } = scene({ [`${HOST}:4000`]: 'ben' });
  await claim('ann', {});
  t.same(told, [['ann', '']]);
  t.same(reach.provenOf('ann', [at(HOST)]), []);
  t.same(reach.provenOf('ben', [at(HOST)]), [at(HOST)], 'whose it is is known now');
  await claim('ben', {});
  t.same(told.slice(1), [], 'and was before anybody dialled for him');
});

t.test('of several addresses those are told of that are good, in their order', async (t) => {
  const { told, claim } = scene({ [`${HOST}:4000`]: 'ann', '192.0.2.1:4000': 'ann' });
  await claim('ann', { addresses: [at('192.0.2.1'), at('192.0.2.2'), at(HOST)] });
  t.same(told.at(-1), ['ann', `192.0.2.1:4000,${HOST}:4000`]);
});

for (const [who, source] of [
  ['all over the world', (n: number) => `198.51.100.${n}`],
  ['at one place', () => HOST],
  ['where the victim is', () => VICTIM.host],
] as const) {
  t.test(`fifty liars ${who} naming one silent victim make one dial of it`, async (t) => {
    const { dialled, told, claim, pass } = scene();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 50; n++) {
        await claim(
          `liar ${n}`,
          { source: source(n), addresses: [VICTIM] },
          { addresses: [VICTIM], source: source(n) },
        );
      }
      await pass(REACH_RETRY_MS);
    }
    t.same(dialled, [`${VICTIM.host}:${VICTIM.port}`]);
    t.ok(told.every(([, hosts]) => hosts === ''));
    await pass(REACH_INTERVAL_MS);
    t.equal(dialled.length, 2, 'and one more in each interval');
  });
}

t.test('all ports of a host that is not one’s own are one', async (t) => {
  const { dialled, claim } = scene();
  const ports = Array.from({ length: 8 }, (_, n) => at(VICTIM.host, n + 1));
  await claim('liar', { addresses: ports });
  await claim('another', { addresses: ports, source: '198.51.100.8' });
  t.equal(dialled.length, 1);
  await claim('v6', { addresses: [at('2a00::1', 1), at('2a00::2', 2), at('2a00:0:0:1::1', 1)] });
  t.equal(dialled.length, 3, 'of IPv6, all of a /64');
});

t.test('who names a host does not use up what its own devices need', async (t) => {
  const { told, claim } = scene({ [`${HOST}:4000`]: 'ann' });
  await claim('liar', { source: '203.0.113.1', addresses: [at(HOST, 80)] });
  await claim('ann', {});
  t.same(told, [
    ['liar', ''],
    ['ann', `${HOST}:4000`],
  ]);
});

t.test('a liar’s dial that finds the rightful device is the proof of that one', async (t) => {
  const { dialled, told, claim } = scene({ [`${HOST}:4000`]: 'ann' });
  await claim('liar', { addresses: [at(HOST)] });
  await claim('ann', {});
  t.equal(dialled.length, 1);
  t.same(told, [['liar', '']]);
});

t.test('a port that one device has left is dialled for the next one there', async (t) => {
  const net: Record<string, string> = { [`${HOST}:4000`]: 'ann' };
  const { reach, dialled, told, claim } = scene(net);
  await claim('ann', {});
  reach.release('ann');
  net[`${HOST}:4000`] = 'ben';
  await claim('ben', {});
  t.same(told.at(-1), ['ben', `${HOST}:4000`]);
  // What was silent stays one dial.
  delete net[`${HOST}:4000`];
  await claim('cy', {}, {});
  await claim('dan', {});
  t.equal(dialled.length, 3);
});

t.test('who waits for the allowance is looked at again when it is back', async (t) => {
  const net: Record<string, string> = {};
  const { told, claim, pass, clock } = scene(net);
  await claim('ann', {});
  t.same(told.splice(0), [['ann', '']]);
  net[`${HOST}:4000`] = 'ann';
  await pass(REACH_RETRY_MS);
  t.same(told, [], 'not so soon');
  await pass(REACH_INTERVAL_MS);
  t.same(told, [['ann', `${HOST}:4000`]]);
  await pass(REACH_RETRY_MS);
  t.equal(clock.retry, undefined, 'nobody waits any more');
});

t.test('whoever is gone is dialled and told no more', async (t) => {
  const { reach, dialled, told, claim, pass } = scene();
  await claim('ann', {});
  reach.release('ann');
  await pass(2 * REACH_INTERVAL_MS);
  t.equal(dialled.length, 1);
  t.equal(told.length, 1);
});

t.test(
  'a proof lasts for an interval, so that a device that comes back is there at once',
  async (t) => {
    const { reach, dialled, claim, clock } = scene({ [`${HOST}:4000`]: 'ann' });
    await claim('ann', {});
    reach.release('ann');
    clock.nowMs = REACH_INTERVAL_MS - 1;
    t.same(reach.provenOf('ann', [at(HOST)]), [at(HOST)]);
    clock.nowMs = REACH_INTERVAL_MS;
    t.same(reach.provenOf('ann', [at(HOST)]), []);
    await claim('ann', {});
    t.equal(dialled.length, 2);
  },
);

t.test('a user and a source have shares', async (t) => {
  const { dialled, claim } = scene();
  for (let n = 0; n <= MAX_REACH_DIALS_PER_USER; n++) {
    await claim(`d${n}`, { userId: 'liar', addresses: [at(HOST, n + 1)] });
  }
  t.equal(dialled.length, MAX_REACH_DIALS_PER_USER);
  for (let n = 0; n <= MAX_REACH_DIALS_PER_SOURCE; n++) {
    await claim(`e${n}`, { userId: `u${n}`, addresses: [at(HOST, 1_000 + n)] });
  }
  t.equal(dialled.length, MAX_REACH_DIALS_PER_SOURCE);
  await claim('ann', { source: '198.51.100.1', addresses: [at('198.51.100.1')] });
  t.equal(dialled.length, MAX_REACH_DIALS_PER_SOURCE + 1, 'others have theirs');
});

t.test('after the close nothing is dialled or told', async (t) => {
  const { reach, dialled, told, claim } = scene({ [`${HOST}:4000`]: 'ann' });
  const claiming = claim('ann', {});
  const closed = reach.close();
  await Promise.all([claiming, closed]);
  t.same(told, []);
  await claim('ben', { source: '198.51.100.8', addresses: [at('198.51.100.8')] });
  t.ok(dialled.length <= 1);
  t.same(told, []);
});

t.test('what is silent or cannot be tried is told nearby, what is refused to nobody', async (t) => {
  const silent = scene({ [`${HOST}:4000`]: 'ann' });
  await silent.claim('ann', {
    source: '1.2.3.4',
    local: [at('10.0.0.1')],
    addresses: [at('1.2.3.9')],
  });
  t.same(silent.looks, ['1.2.3.9 silent']);
  t.same(silent.nearby, ['net 1.2.3: 1,host 1.2.3.4: 2']);
  const refused = scene({}, 'ECONNREFUSED');
  await refused.claim('ann', { addresses: [at('198.51.100.9')] });
  t.same(refused.looks, ['198.51.100.9 refused']);
  t.same(refused.nearby, ['']);
});

t.test(
  'where a device was found before, and on this machine, each port counts for itself',
  async (t) => {
    const net = { '203.0.113.1:1': 'ann', [`${TRACKER}:1`]: 'ann', [`${TRACKER}:2`]: 'ann' };
    const { dialled, claim } = scene(net);
    const moved = (port: number) => ({ addresses: [at('203.0.113.1', port)] });
    await claim('ann', moved(1));
    await claim('ann', moved(2));
    await claim('liar', moved(3));
    t.same(dialled.splice(0), ['203.0.113.1:1', '203.0.113.1:2'], 'others use up nothing of that');
    await claim('ann', { source: '127.0.0.1', addresses: [at(TRACKER, 1)] });
    await claim('ann', { source: '127.0.0.1', addresses: [at(TRACKER, 2)] });
    await claim('ben', { source: '127.0.0.1', addresses: [at(TRACKER, 3)] });
    t.same(dialled, [`${TRACKER}:1`, `${TRACKER}:2`, `${TRACKER}:3`]);
  },
);

t.test('what is proven on a link or a machine is told there alone', async (t) => {
  const { nearby, told, claim, dialled } = scene({
    '127.0.0.1:4000': 'ann',
    'fe80::7%eth1:4000': 'ben',
  });
  await claim('ann', { source: '127.0.0.1', addresses: [at('127.0.0.1')] });
  await claim('ben', { source: 'fe80::7%eth1', addresses: [at('fe80::7')] });
  t.same(dialled, ['127.0.0.1:4000', 'fe80::7%eth1:4000']);
  t.same(nearby, ['this machine: 1', 'link eth1: 1']);
  t.equal(told.length, 2);
});
