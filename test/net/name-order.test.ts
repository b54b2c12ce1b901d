/** Names are in the order of their UTF-8 bytes, which is not that of their UTF-16 units. */
import fc from 'fast-check';
import t from 'tap';
import { compareNames } from '../../src/net/name-order.js';

t.test('of some names the one before comes before', (t) => {
  const ordered = ['-', 'a', 'a b', 'a-', 'ab', 'z', 'ä', '\ufb00', '\uffee', '\u{1f600}'];
  for (const [index, name] of ordered.entries()) {
    for (const later of ordered.slice(index + 1)) {
      t.ok(compareNames(name, later) < 0 && compareNames(later, name) > 0, `${name} < ${later}`);
    }
    t.equal(compareNames(name, name), 0);
  }
  t.end();
});

t.test('the order of any two names is that of their bytes', (t) => {
  const anyName = fc.string({ unit: 'grapheme', maxLength: 4 });
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      const byBytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
      return Math.sign(compareNames(a, b)) === byBytes;
    }),
    { numRuns: 1_000 },
  );
  t.end();
});
