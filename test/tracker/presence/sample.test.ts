import fc from 'fast-check';
import t from 'tap';
import { sample } from '../../../src/tracker/presence/sample.js';

void t.test('a draw has no repetition and leaves what it draws from alone', async () => {
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  fc.assert(
    fc.property(fc.nat(20), fc.nat(25), chance, (length, count, random) => {
      const items = Array.from({ length }, (_, n) => n);
      const drawn = sample(items, count, () => random.next().value as number);
      return (
        drawn.length === Math.min(length, count) &&
        new Set(drawn).size === drawn.length &&
        items.every((item, index) => item === index)
      );
    }),
  );
});

void t.test('chance decides what is drawn', async (t) => {
  t.same(
    sample(['a', 'b', 'c'], 2, () => 0),
    ['a', 'b'],
  );
  t.same(
    sample(['a', 'b', 'c'], 2, () => 0.99),
    ['c', 'a'],
  );
});
