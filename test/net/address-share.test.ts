/** Whose share of a bound an address uses up. */
import t from 'tap';
import { addressShareOf } from '../../src/net/address-share.js';

t.test('an IPv4 address counts for itself, an IPv6 one for its /64', async (t) => {
  const cases: [address: string | undefined, share: string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['example.org', 'unknown'],
    ['999.1.1.1', 'unknown'],
  ];
  for (const [address, share] of cases) t.equal(addressShareOf(address), share, String(address));
});
