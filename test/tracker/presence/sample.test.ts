import fc from 'fast-check';
import t from 'tap';
import { sample, sampleByUser } from '../../../src/tracker/presence/sample.js';

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

const devices = (userId: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ userId, deviceId: `${userId} ${n}` }));

void t.test('a user with many devices fills no answer', async (t) => {
  const swarm = [...devices('mallory', 300), ...devices('anna', 2), ...devices('ben', 6)];
  for (const random of [() => 0, () => 0.5, () => 0.999]) {
    const drawn = sampleByUser(swarm, 200, 4, random);
    const of = (userId: string) => drawn.filter((one) => one.userId === userId).length;
    t.same([of('mallory'), of('anna'), of('ben')], [4, 2, 4]);
  }
  t.equal(sampleByUser(swarm, 5, 4, () => 0).length, 5);
  const held = new Map([['mallory', 3]]);
  t.equal(sampleByUser(devices('mallory', 9), 200, 4, () => 0, held).length, 1);
});
