import fc from 'fast-check';
import t from 'tap';
import { joinSlices, slicesOf } from '../../../src/main/control/long-result.js';
import { MAX_CONTROL_SOCKET_LINE_BYTES } from '../../../src/net/limits.js';

t.test('a short result needs no slices', (t) => {
  for (const result of [undefined, null, 7, 'x', [1, 2], { a: 'b' }]) t.same(slicesOf(result), []);
  t.throws(() => slicesOf(1n));
  t.end();
});

t.test('no character is cut into halves', (t) => {
  for (const before of ['', 'x']) {
    const result = before + '\u{1f40c}'.repeat(600_000);
    const slices = slicesOf(result);
    t.equal(slices.length, 3);
    for (const slice of slices) t.equal(Buffer.from(slice).toString(), slice);
    t.equal(joinSlices(slices), result);
  }
  t.end();
});

t.test('a long one comes out of its slices as it went in, each fit for a line', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 9 }), (word) => {
      const result = [word.repeat(200_000), word];
      const slices = slicesOf(result);
      for (const slice of slices) {
        t.notMatch(slice, /^[\udc00-\udfff]|[\ud800-\udbff]$/, 'no half of a character');
        t.ok(Buffer.byteLength(JSON.stringify(slice)) < MAX_CONTROL_SOCKET_LINE_BYTES / 2);
      }
      if (slices.length > 0) t.strictSame(joinSlices(slices), result);
      return slices.length > 0 || JSON.stringify(result).length < 600_000;
    }),
    { numRuns: 8 },
  );
  t.end();
});
