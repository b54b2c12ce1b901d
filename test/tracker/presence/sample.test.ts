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

const devices = (userId: string, count: number, complete = true) =>
  Array.from({ length: count }, (_, n) => ({ userId, deviceId: `${userId} ${n}`, complete }));

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

void t.test('a crowd that has part of a file does not crowd out who has all of it', async (t) => {
  const crowd = Array.from({ length: 200 }, (_, n) => devices(`leecher ${n}`, 2, false)).flat();
  const sharers = Array.from({ length: 30 }, (_, n) => devices(`sharer ${n}`, 1)).flat();
  for (const [count, least] of [
    [16, 8],
    [40, 20],
    [200, 30],
    [5, 3],
    [1, 1],
  ] as const) {
    for (const random of [() => 0, () => 0.999, Math.random]) {
      const drawn = sampleByUser([...crowd, ...sharers], count, 4, random);
      t.equal(drawn.length, count);
      t.equal(new Set(drawn).size, count, 'each once');
      t.ok(
        drawn.slice(0, least).every(({ complete }) => complete),
        `${least} of ${count} first`,
      );
    }
  }
  t.equal(sampleByUser(crowd, 16, 4, () => 0).length, 16, 'without sharers the others fill it');
});

void t.test('what one user has in several states counts together', async () => {
  const part = fc.record({ userId: fc.constantFrom('a', 'b', 'c'), complete: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.nat(20), fc.nat(5), (items, count, most) => {
      const drawn = sampleByUser(items, count, most, Math.random);
      const perUser = ['a', 'b', 'c'].map(
        (id) => drawn.filter(({ userId }) => userId === id).length,
      );
      return (
        drawn.length <= count &&
        perUser.every((one) => one <= most) &&
        new Set(drawn).size === drawn.length
      );
    }),
  );
});
