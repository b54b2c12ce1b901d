/** Which addresses are of this machine's own networks. */
import t from 'tap';
import { isInNetworks, ownNetworks, type OwnNetwork } from '../../src/net/own-networks.js';

const networks: readonly OwnNetwork[] = [
  { cidr: '127.0.0.1/8', isInternal: true },
  { cidr: '192.168.1.5/22', isInternal: false },
  { cidr: '2001:db8:1::5/64', isInternal: false },
];

t.test('what the mask holds is one\u2019s own, and nothing else', (t) => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['192.168.3.9', true],
    ['192.168.4.9', false],
    ['::ffff:192.168.1.7', true],
    ['2001:db8:1::77', true],
    ['2001:db8:2::77', false],
    ['fe80::1%eth0', true],
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['198.51.100.1', false],
    ['', false],
    ['name.example', false],
  ];
  for (const [host, isOwn] of cases) t.equal(isInNetworks(host, networks), isOwn, host);
  t.notOk(isInNetworks('192.168.1.6', []));
  t.ok(isInNetworks('127.0.0.1', []), 'of this machine, whatever it is plugged into');
  t.end();
});

t.test('those of this machine hold its own addresses', (t) => {
  for (const network of ownNetworks().filter(({ isInternal }) => !isInternal)) {
    const [host = ''] = network.cidr.split('/');
    t.ok(isInNetworks(host, [network]), network.cidr);
  }
  t.ok(ownNetworks().some(({ isInternal }) => isInternal));
  t.end();
});
