import * as node from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { isIPAddress, isIPv6 } from '../../src/net/ip-address.js';

/** Texts that are nearly addresses, and some that are. */
const nearly = fc
  .array(
    fc.constantFrom(
      ':',
      '::',
      '0',
      'f',
      '00ff',
      '12345',
      '.',
      '127',
      '1.2.3.4',
      '%',
      'eth0',
      '_',
      '\0',
      ' ',
      'é',
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));
const addresses = fc.oneof(
  fc.ipV6(),
  fc.ipV4(),
  fc.ipV6().map((text) => `${text}%eth0`),
  nearly,
);

t.test('an address is what Node takes for one', async (t) => {
  const told = new Set<number>();
  fc.assert(
    fc.property(addresses, (text) => {
      told.add(node.isIP(text));
      t.equal(isIPv6(text), node.isIPv6(text), JSON.stringify(text));
      t.equal(isIPAddress(text), node.isIP(text) !== 0, JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
  t.strictSame([...told].sort(), [0, 4, 6]);
});

t.test('what only the system would take is none', async (t) => {
  for (const text of ['::1\0', '::1%', '::1%é', '::1%_', '1::%a%b', '::1 ', ' ::1', '::1\n', '']) {
    t.notOk(isIPv6(text), JSON.stringify(text));
  }
});
