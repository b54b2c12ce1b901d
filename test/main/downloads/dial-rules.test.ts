/** Which addresses are dialled, and how often; hosts are literals, the clock is a number. */
import t from 'tap';
import { DialRules } from '../../../src/main/downloads/dial-rules.js';
import {
  MAX_CONNECTIONS_AHEAD_PER_PEER,
  MAX_CONNECTIONS_PER_PEER,
  MAX_DIALLED_ADDRESSES,
  UNPROVEN_REDIAL_MS,
} from '../../../src/net/limits.js';
import type { OnlinePeer } from '../../../src/net/tracker-api.js';

function scene(trackerHost: string | undefined = '192.0.2.1') {
  const clock = { nowMs: 0 };
  const rules = new DialRules({ trackerHost: () => trackerHost, nowMs: () => clock.nowMs });
  /** Dials a device as far as that may be; where. */
  const dial = (deviceId: string, ...hosts: string[]): string[] => {
    const permitted = rules.permitted(peerOf(deviceId, hosts));
    rules.onDial(permitted, deviceId);
    return permitted.map(({ host }) => host);
  };
  return { clock, rules, dial };
}

function peerOf(deviceId: string, hosts: string[]): OnlinePeer {
  const addresses = hosts.map((host) => ({ host, port: 7 }));
  return { deviceId, userId: 'mallory', addresses, complete: true };
}

const HOST = '192.0.2.9';

t.test(
  'literals of hosts are dialled; what is near only when the tracker is there too',
  async (t) => {
    const cases: [trackerHost: string | undefined, host: string, isDialled: boolean][] = [
      ['192.0.2.1', '192.0.2.9', true],
      ['192.0.2.1', '2001:db8::1', true],
      ['192.0.2.1', 'seeder.example', false],
      ['192.0.2.1', 'localhost', false],
      ['192.0.2.1', '127.0.0.1', false],
      ['192.0.2.1', '169.254.169.254', false],
      ['127.0.0.1', '127.0.0.1', true],
      ['127.0.0.1', '::1', true],
      ['::1', '127.0.0.2', true],
      ['::ffff:127.0.0.1', '127.0.0.1', true],
      ['127.0.0.1', '192.0.2.9', true],
      ['127.0.0.1', '169.254.169.254', false],
      ['fe80::1%eth0', 'fe80::2%eth0', true],
      ['fe80::1%eth0', '127.0.0.1', false],
      ['127.0.0.1', '224.0.0.1', false],
      ['127.0.0.1', '255.255.255.255', false],
      ['127.0.0.1', '0.0.0.0', false],
      ['127.0.0.1', 'localhost', false],
      [undefined, '127.0.0.1', false],
    ];
    for (const [trackerHost, host, isDialled] of cases) {
      const { dial } = scene(trackerHost ?? '');
      t.same(dial('ann', host), isDialled ? [host] : [], `${host}, tracker ${trackerHost}`);
    }
  },
);

t.test('fifty liars that name one silent victim: as many dials as one of them gets', async (t) => {
  const { dial, clock } = scene();
  let dials = 0;
  for (let step = 0; step < 1_000; step++) {
    for (let liar = 0; liar < 50; liar++) dials += dial(`liar ${liar}`, HOST, HOST).length;
    clock.nowMs += (UNPROVEN_REDIAL_MS - 1) / 1_000;
  }
  t.equal(dials, MAX_CONNECTIONS_PER_PEER);
  clock.nowMs += 1_000;
  t.same(dial('liar 7', HOST), [HOST], 'and once more after a while');
  t.same(dial('liar 7', HOST), []);
});

t.test('where this client has met a device it begins more connections at once', async (t) => {
  const { rules } = scene();
  const ann = peerOf('ann', [HOST]);
  let dials = 0;
  while (rules.permitted(ann).length > 0) {
    rules.onDial(rules.permitted(ann), 'ann', MAX_CONNECTIONS_AHEAD_PER_PEER);
    dials++;
  }
  t.equal(dials, MAX_CONNECTIONS_AHEAD_PER_PEER);
});

t.test('the first connections of a device go out together', async (t) => {
  const { dial } = scene();
  for (let count = 0; count < MAX_CONNECTIONS_PER_PEER; count++) t.same(dial('ann', HOST), [HOST]);
  t.same(dial('ann', HOST), []);
  t.same(dial('ann', HOST, '192.0.2.10'), ['192.0.2.10'], 'another address is another matter');
});

t.test(
  'whoever has proven the key is dialled as often as is wanted, nobody else there',
  async (t) => {
    const { dial, rules } = scene();
    dial('ann', HOST);
    const address = { host: HOST, port: 7 };
    t.ok(rules.onProven(address, 'ann'));
    t.notOk(rules.onProven(address, 'ann'), 'no news');
    for (let count = 0; count < 100; count++) t.same(dial('ann', HOST), [HOST]);
    t.same(dial('liar', HOST), [HOST], 'it may have moved there');
    t.same(dial('other liar', HOST), []);
    t.same(dial('ann', HOST), [HOST], 'a liar takes nothing from it');
  },
);

t.test('what is remembered is bounded', async (t) => {
  const { dial, rules } = scene();
  const hostOf = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  for (let n = 0; n <= MAX_DIALLED_ADDRESSES; n++) dial('liar', hostOf(n));
  t.same(dial('other', hostOf(1)), []);
  t.same(dial('other', hostOf(0)), [hostOf(0)], 'the oldest was forgotten');
  for (let n = 0; n <= MAX_DIALLED_ADDRESSES; n++)
    rules.onProven({ host: hostOf(n), port: 7 }, 'a');
  t.ok(rules.onProven({ host: hostOf(0), port: 7 }, 'a'));
});

t.test(
  'what was not dialled, and what was in vain on another network, may be dialled',
  async (t) => {
    const { rules, dial } = scene();
    t.same(dial('ann', HOST, '192.0.2.8'), [HOST, '192.0.2.8']);
    t.same(dial('bob', HOST, '192.0.2.8'), []);
    rules.onUndialled([{ host: '192.0.2.8', port: 7 }], 'bob');
    t.same(dial('bob', '192.0.2.8'), [], 'it is for the one who was to dial it to say');
    rules.onUndialled([{ host: '192.0.2.8', port: 7 }], 'ann');
    t.same(dial('bob', HOST, '192.0.2.8'), ['192.0.2.8']);
    rules.onNetworkChanged();
    t.same(dial('cleo', HOST), [HOST]);
  },
);

t.test('a link is dialled through the interface that leads to the tracker', async (t) => {
  const { rules } = scene('fe80::1%eth7');
  const dialled = rules.inOrder(peerOf('ann', ['fe80::2', '192.0.2.9', 'fe80::3%eth1']));
  t.same(
    dialled.map(({ host }) => host),
    ['192.0.2.9', 'fe80::2%eth7', 'fe80::3%eth1'],
  );
  rules.onProven(dialled[1]!, 'ann');
  t.equal(rules.inOrder(peerOf('ann', ['192.0.2.9', 'fe80::2']))[0]?.host, 'fe80::2%eth7');
});

t.test('a link-local address is dialled where a peer was heard, and first of all', (t) => {
  const heard = { host: 'fe80::9%eth0', port: 7 };
  const rules = new DialRules({
    trackerHost: () => '192.0.2.1',
    nowMs: () => 0,
    hasHeard: ({ host }) => host === heard.host,
  });
  const peer = peerOf('dev', ['192.0.2.9', 'fe80::8', heard.host]);
  t.same(rules.inOrder(peer), [heard, { host: '192.0.2.9', port: 7 }]);
  t.end();
});
