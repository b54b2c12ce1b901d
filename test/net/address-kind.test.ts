/** What kind of place an address names. */
import t from 'tap';
import { addressKindOf, type AddressKind } from '../../src/net/address-kind.js';

const cases: Readonly<Record<AddressKind, readonly string[]>> = {
  host: ['192.0.2.7', '10.1.2.3', '8.8.8.8', '2001:db8::1', 'fd00::1', '::ffff:10.0.0.1'],
  loopback: ['127.0.0.1', '127.255.0.3', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.1.1'],
  nobody: [
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'ff02::1',
    '::ffff:0.0.0.0',
    '::ffff:224.0.0.1',
  ],
  name: [
    'localhost',
    'metadata.google.internal',
    '',
    '1.2.3',
    '0x7f.1',
    '2130706433',
    '127.1',
    '[::1]',
    '1.2.3.4.',
    '127.0.0.1 ',
    '010.0.0.1',
  ],
};

for (const [kind, addresses] of Object.entries(cases)) {
  t.test(kind, async (t) => {
    for (const address of addresses) t.equal(addressKindOf(address), kind, `"${address}"`);
  });
}
