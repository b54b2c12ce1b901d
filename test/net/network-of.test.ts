import t from 'tap';
import { customerOfNetwork, neighbourhoodOfNetwork, networkOf } from '../../src/net/network-of.js';

const networks: readonly [string, string][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1::192.0.2.7', '2001:db8:1:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
  ['somewhere', 'somewhere'],
];

for (const [address, network] of networks) {
  void t.test(`${address || 'nothing'} belongs to ${network || 'nothing'}`, async (t) => {
    t.equal(networkOf(address), network);
  });
}

void t.test('the neighbourhood of a network', async (t) => {
  for (const [address, neighbourhood] of [
    ['192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:7:9::1', '2001:db8:7::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['nonsense', 'nonsense'],
  ] as const) {
    t.equal(neighbourhoodOfNetwork(networkOf(address)), neighbourhood, address);
  }
});

void t.test('the customer of a network, where it is an IPv6 /48', async (t) => {
  t.equal(customerOfNetwork('2001:db8:7:9::/64'), '2001:db8:7::/48');
  for (const network of ['192.0.2.77', 'nonsense', ''])
    t.equal(customerOfNetwork(network), undefined);
});
