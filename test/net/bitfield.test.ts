import fc from 'fast-check';
import t from 'tap';
import { Bitfield } from '../../src/net/bitfield.js';

t.test('bit 7 of byte 0 is piece 0', (t) => {
  const set = new Bitfield(10);
  set.add(0);
  set.add(9);
  t.same([...set.bytes], [0x80, 0x40]);
  t.end();
});

t.test('adding and removing say whether anything changed', (t) => {
  const set = new Bitfield(3);
  t.equal(set.add(1), true);
  t.equal(set.add(1), false);
  t.equal(set.count, 1);
  t.equal(set.remove(1), true);
  t.equal(set.remove(1), false);
  t.equal(set.remove(99), false);
  t.equal(set.count, 0);
  t.end();
});

t.test('a full set has every piece and no spare bit', (t) => {
  for (const length of [0, 1, 7, 8, 9, 16, 4095]) {
    const full = Bitfield.full(length);
    t.equal(full.count, length);
    t.ok(full.isFull);
    t.equal(full.has(length), false);
    t.same(Bitfield.from(full.bytes, length)?.bytes, full.bytes);
  }
  t.equal(new Bitfield(1).isFull, false);
  t.end();
});

t.test('a received set of the wrong size or with spare bits is refused', (t) => {
  t.equal(Bitfield.from(Buffer.of(0xff), 9), undefined);
  t.equal(Bitfield.from(Buffer.of(0xff, 0x80, 0), 9), undefined);
  t.equal(Bitfield.from(Buffer.of(0xff, 0xc0), 9), undefined);
  t.equal(Bitfield.from(Buffer.of(0), 0), undefined);
  t.equal(Bitfield.from(Buffer.of(0xff, 0x80), 9)?.count, 9);
  t.end();
});

t.test('a received set is a copy', (t) => {
  const received = Buffer.of(0x80);
  const set = Bitfield.from(received, 8);
  received.fill(0);
  t.equal(set?.has(0), true);
  t.end();
});

t.test('indexes outside are never in the set, and adding one is a bug', (t) => {
  const set = Bitfield.full(9);
  for (const index of [-1, 9, 15, 16, 0x8000_0000, 0xffff_ffff]) {
    t.equal(set.has(index), false);
    t.throws(() => set.add(index), /^bug: /);
  }
  t.end();
});

t.test('it behaves like a set of numbers', (t) => {
  const step = fc.tuple(fc.boolean(), fc.nat(99));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const bits = new Bitfield(100);
      const model = new Set<number>();
      for (const [isAdded, index] of steps) {
        if (isAdded) {
          bits.add(index);
          model.add(index);
        } else {
          bits.remove(index);
          model.delete(index);
        }
      }
      t.same(
        [...bits.indexes()],
        [...model].sort((a, b) => a - b),
      );
      t.equal(bits.count, model.size);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('any bytes are refused or kept bit for bit', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(96), (bytes, length) => {
      const set = Bitfield.from(bytes, length);
      if (set === undefined) return true;
      return Buffer.from(bytes).equals(set.bytes) && set.count === [...set.indexes()].length;
    }),
  );
  t.end();
});
