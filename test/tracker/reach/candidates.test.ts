/** Which addresses a device may claim, by where the tracker sees it. */
import t from 'tap';
import { candidatesOf, dialledFrom } from '../../../src/tracker/reach/candidates.js';

const special = ['169.254.169.254', '224.0.0.1', '255.255.255.255', 'ff02::1', '0.0.0.0%1'];
const places = { loopback: '127.0.0.1', private: '192.168.1.5', public: '1.1.1.1' };

type Case = readonly [name: string, seen: string, claimed: string[], taken: string[]];

const cases: readonly Case[] = [
  ['any address of mine is where it is seen', '1.2.3.4', ['0.0.0.0', '::'], ['1.2.3.4']],
  ['a name is never looked up', '1.2.3.4', ['localhost', 'a.example'], ['1.2.3.4']],
  ['its own address', '1.2.3.4', ['1.2.3.4'], ['1.2.3.4']],
  ['its own address in another form', '::ffff:1.2.3.4', ['::ffff:1.2.3.4'], ['1.2.3.4']],
  ['another public one', '1.2.3.4', ['5.6.7.8', '2a00::1'], ['5.6.7.8', '2a00::1']],
  ['from outside, nothing inside', '1.2.3.4', Object.values(places), ['1.1.1.1']],
  [
    'from this network, not this machine',
    '10.0.0.9',
    Object.values(places),
    ['192.168.1.5', '1.1.1.1'],
  ],
  ['from this machine, all of these', '127.0.0.1', Object.values(places), Object.values(places)],
  ['the same over IPv6', '::1', ['::1', '127.0.0.1'], ['::1', '127.0.0.1']],
  [
    'of a link only itself',
    '169.254.7.7',
    ['169.254.7.7', '169.254.169.254', '10.0.0.1'],
    ['169.254.7.7'],
  ],
  [
    'of a link only itself, without its interface',
    'fe80::7%eth1',
    ['fe80::7%eth0', 'fe80::8'],
    ['fe80::7'],
  ],
  ['a socket without an address', '', ['0.0.0.0', '1.2.3.4'], []],
  ...['127.0.0.1', '10.0.0.9', '1.2.3.4'].map((seen): Case => [
    `nothing that is no device, from ${seen}`,
    seen,
    special,
    [],
  ]),
];

for (const [name, seen, claimed, taken] of cases) {
  t.test(name, (t) => {
    const { dialled: found } = candidatesOf(
      claimed.map((host) => ({ host, port: 4000 })),
      seen,
    );
    // `0.0.0.0%1` is no address, and so stands for where the device is seen.
    const hosts = found
      .map(({ host }) => host)
      .filter((host) => taken.includes(host) || host !== seen);
    t.same(hosts, taken);
    t.ok(found.every(({ port }) => port === 4000));
    t.end();
  });
}

t.test('each address once, in the order of the claim', (t) => {
  const claimed = [
    { host: '0.0.0.0', port: 1 },
    { host: '5.6.7.8', port: 1 },
    { host: '1.2.3.4', port: 1 },
    { host: '::', port: 2 },
  ];
  t.same(candidatesOf(claimed, '1.2.3.4').dialled, [
    { host: '1.2.3.4', port: 1 },
    { host: '5.6.7.8', port: 1 },
    { host: '1.2.3.4', port: 2 },
  ]);
  t.end();
});

t.test('what is inside of a network that the tracker is outside of is set aside', (t) => {
  const claimed = ['192.168.1.5', 'fd00::5', '127.0.0.1', 'fe80::5', '::', '169.254.1.1'];
  const { local } = candidatesOf(
    claimed.map((host) => ({ host, port: 1 })),
    '1.2.3.4',
  );
  t.same(local, [
    { host: '192.168.1.5', port: 1 },
    { host: 'fd00::5', port: 1 },
  ]);
  t.same(candidatesOf([{ host: '10.0.0.1', port: 1 }], 'fe80::7%eth1').local, []);
  t.end();
});

t.test('a device on a link is dialled through the interface on which it is seen', (t) => {
  const dialled = (host: string, seen: string) => dialledFrom(seen, { host, port: 1 }).host;
  t.equal(dialled('fe80::7', 'fe80::7%eth1'), 'fe80::7%eth1');
  t.equal(dialled('1.2.3.4', 'fe80::7%eth1'), '1.2.3.4');
  t.equal(dialled('fe80::7', '1.2.3.4'), 'fe80::7');
  t.end();
});
