import fc from 'fast-check';
import t from 'tap';
import { isRangeMeant, rangeOf, type ByteRange } from '../../../src/main/gateway/byte-range.js';

const whole: ByteRange = { kind: 'whole' };
const none: ByteRange = { kind: 'unsatisfiable' };
const part = (first: number, last: number): ByteRange => ({ kind: 'part', first, last });

t.test('single ranges are understood, and everything else is the whole', (t) => {
  const cases: readonly (readonly [header: string | undefined, size: number, ByteRange])[] = [
    [undefined, 10, whole],
    ['', 10, whole],
    ['bytes=0-', 10, part(0, 9)],
    ['bytes=0-0', 10, part(0, 0)],
    ['Bytes=3-5', 10, part(3, 5)],
    [' bytes=9-99 ', 10, part(9, 9)],
    ['bytes=-3', 10, part(7, 9)],
    ['bytes=-30', 10, part(0, 9)],
    ['bytes=10-', 10, none],
    ['bytes=10-11', 10, none],
    ['bytes=-0', 10, none],
    ['bytes=-3', 0, none],
    ['bytes=0-', 0, none],
    // No ranges.
    ['bytes=5-3', 10, whole],
    ['bytes=-', 10, whole],
    ['bytes=a-b', 10, whole],
    ['bytes=1-2-3', 10, whole],
    ['bytes=+1-2', 10, whole],
    ['bytes=1.5-2', 10, whole],
    ['bytes=0x1-2', 10, whole],
    ['items=0-1', 10, whole],
    ['0-1', 10, whole],
    [`bytes=${'9'.repeat(16)}-`, 10, whole],
    [`bytes=0-${'9'.repeat(15)}`, 10, part(0, 9)],
    // Several at once: a small request that would make much work.
    ['bytes=0-0,1-1', 10, whole],
    [`bytes=${'0-0,'.repeat(1_000)}0-0`, 10, whole],
    ['bytes=0-0, -1', 10, whole],
  ];
  for (const [header, size, expected] of cases) {
    t.same(rangeOf(header, size), expected, `${header?.slice(0, 40)} of ${size}`);
  }
  t.end();
});

t.test('a part lies within the file, whatever is asked for', (t) => {
  const word = fc.oneof(fc.nat(), fc.constant(''), fc.string());
  fc.assert(
    fc.property(word, word, fc.nat(), (from, to, size) => {
      const range = rangeOf(`bytes=${from}-${to}`, size);
      if (range.kind !== 'part') return;
      const { first, last } = range;
      if (!(first >= 0 && first <= last && last < size)) throw new Error(`${first}-${last}`);
    }),
  );
  fc.assert(fc.property(fc.string(), fc.nat(), (header, size) => void rangeOf(header, size)));
  t.end();
});

t.test('a range for another state of the file is none', (t) => {
  t.equal(isRangeMeant(undefined, '"a"'), true);
  t.equal(isRangeMeant('"a"', '"a"'), true);
  for (const other of ['"b"', 'W/"a"', 'a', '', 'Wed, 21 Oct 2015 07:28:00 GMT']) {
    t.equal(isRangeMeant(other, '"a"'), false, other);
  }
  t.end();
});
