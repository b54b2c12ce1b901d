/** What kind of place an address names. */
import fc from 'fast-check';
import t from 'tap';
import { plainAddress, scopeOf, type AddressScope } from '../../src/net/address-scope.js';

const table: readonly (readonly [AddressScope, readonly string[]])[] = [
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1']],
  [
    'link-local',
    ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', '::ffff:169.254.169.254'],
  ],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fd00::1']],
  ['private', ['192.0.2.7', '198.51.100.1', '203.0.113.9', '198.19.0.1', '2001:db8::1']],
  ['public', ['1.1.1.1', '172.32.0.1', '192.169.0.1', '9.255.255.255', '11.0.0.0', '100.128.0.1']],
  ['public', ['2606:4700::1111', '2a00::1', '::ffff:8.8.8.8']],
  ['never', ['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255']],
  ['never', ['::', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::1', '2001:0:1::1', '::127.0.0.1']],
  ['never', ['fe80::1%eth0', '0.0.0.0%1', 'localhost', 'metadata.google.internal', '', '1.2.3']],
  ['never', ['0x7f000001', '2130706433', '127.1', '1.2.3.4:80', '[::1]', ' 1.2.3.4']],
];

for (const [scope, hosts] of table) {
  for (const host of hosts) {
    t.test(`${host} is ${scope}`, (t) => {
      t.equal(scopeOf(host), scope);
      t.end();
    });
  }
}

t.test('an IPv4 address is the same in the form of dual-stack sockets', (t) => {
  fc.assert(
    fc.property(fc.ipV4(), (host) => {
      t.equal(plainAddress(`::ffff:${host}`), host);
      t.equal(scopeOf(`::ffff:${host}`), scopeOf(host));
    }),
  );
  t.equal(plainAddress('::1'), '::1');
  t.equal(plainAddress('64:ff9b::1.2.3.4'), '64:ff9b::1.2.3.4');
  t.end();
});

t.test('any text has a scope, and only addresses have another one than never', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      t.equal(scopeOf(`${text} `), 'never');
    }),
  );
  fc.assert(fc.property(fc.ipV6(), (host) => typeof scopeOf(host) === 'string'));
  t.end();
});
