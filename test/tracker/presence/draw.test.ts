import fc from 'fast-check';
import t from 'tap';
import { draw, inRandomOrder, type Wanted } from '../../../src/tracker/presence/draw.js';
import { PeerPool } from '../../../src/tracker/presence/peer-pool.js';

void t.test('an order at random has each item once and leaves them alone', async () => {
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  fc.assert(
    fc.property(fc.nat(20), chance, (length, random) => {
      const items = Array.from({ length }, (_, n) => n);
      const drawn = [...inRandomOrder(items, () => random.next().value as number)];
      return (
        drawn.length === length &&
        new Set(drawn).size === length &&
        items.every((item, index) => item === index)
      );
    }),
  );
});

void t.test('chance decides what comes first', async (t) => {
  const first = (random: number) => [...inRandomOrder(['a', 'b', 'c'], () => random)];
  t.same(first(0), ['a', 'c', 'b']);
  t.same(first(0.99), ['c', 'b', 'a']);
});

void t.test('drawing few of many looks at few', async (t) => {
  let asked = 0;
  const random = (): number => ((asked++ * 7) % 10) / 10;
  const order = inRandomOrder(
    Array.from({ length: 100_000 }, (_, n) => n),
    random,
  );
  for (let n = 0; n < 10; n++) order.next();
  t.equal(asked, 10);
});

interface Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly complete: boolean;
}

const devices = (userId: string, count: number, complete = true): Device[] =>
  Array.from({ length: count }, (_, n) => ({ userId, deviceId: `${userId} ${n}`, complete }));

/** Draws as of few devices, which are looked through, and as of many, which are in pools. */
const ways = [
  (items: readonly Device[], wanted: Wanted): Device[] => {
    const shuffled = [...inRandomOrder(items, wanted.random)];
    const whole = () => shuffled.filter(({ complete }) => complete);
    return draw({ whole, all: () => shuffled }, wanted);
  },
  (items: readonly Device[], wanted: Wanted): Device[] => {
    const [whole, all] = [new PeerPool<Device>(), new PeerPool<Device>()];
    for (const item of items) {
      all.add(item);
      if (item.complete) whole.add(item);
    }
    const drawn = (pool: PeerPool<Device>) => (isFull: (userId: string) => boolean) =>
      pool.draw(wanted.random, isFull);
    return draw({ whole: drawn(whole), all: drawn(all) }, wanted);
  },
];

const wanted = (count: number, maxPerUser: number, random: () => number): Wanted => ({
  ...{ count, maxPerUser, random },
  isKnown: () => false,
});

void t.test('a user with many devices fills no answer', async (t) => {
  const swarm = [...devices('mallory', 300), ...devices('anna', 2), ...devices('ben', 6)];
  for (const way of ways) {
    for (const random of [() => 0, () => 0.5, () => 0.999]) {
      const drawn = way(swarm, wanted(200, 4, random));
      const of = (userId: string) => drawn.filter((one) => one.userId === userId).length;
      t.same([of('mallory'), of('anna'), of('ben')], [4, 2, 4]);
    }
    t.equal(
      way(
        swarm,
        wanted(5, 4, () => 0),
      ).length,
      5,
    );
    const held = new Map([['mallory', 3]]);
    const more = way(devices('mallory', 9), { ...wanted(200, 4, () => 0), held });
    t.equal(more.length, 1);
  }
});

void t.test('a crowd that has part of a file does not crowd out who has all of it', async (t) => {
  const crowd = Array.from({ length: 200 }, (_, n) => devices(`leecher ${n}`, 2, false)).flat();
  const sharers = Array.from({ length: 30 }, (_, n) => devices(`sharer ${n}`, 1)).flat();
  for (const way of ways) {
    for (const [count, least] of [
      [16, 8],
      [40, 20],
      [200, 30],
      [5, 3],
      [1, 1],
    ] as const) {
      for (const random of [() => 0, () => 0.999, Math.random]) {
        const drawn = way([...crowd, ...sharers], wanted(count, 4, random));
        t.equal(drawn.length, count);
        t.equal(new Set(drawn).size, count, 'each once');
        t.ok(
          drawn.slice(0, least).every(({ complete }) => complete),
          `${least} of ${count} first`,
        );
      }
    }
    t.equal(
      way(
        crowd,
        wanted(16, 4, () => 0),
      ).length,
      16,
      'without sharers the others fill it',
    );
    const whole = way([...crowd, ...sharers], { ...wanted(50, 4, () => 0), onlyWhole: true });
    t.equal(whole.length, 30);
  }
});

void t.test('nobody is drawn who is known already', async (t) => {
  for (const way of ways) {
    const isKnown = (deviceId: string) => deviceId !== 'anna 3';
    const drawn = way(devices('anna', 5), { ...wanted(9, 9, () => 0), isKnown });
    t.same(
      drawn.map(({ deviceId }) => deviceId),
      ['anna 3'],
    );
  }
});

void t.test('what one user has in several states counts together', async () => {
  const part = fc.record({ userId: fc.constantFrom('a', 'b', 'c'), complete: fc.boolean() });
  const parts = fc.array(part, { maxLength: 40 });
  fc.assert(
    fc.property(parts, fc.nat(20), fc.nat(5), fc.nat(1), (kinds, count, most, way) => {
      const items = kinds.map((kind, n) => ({ ...kind, deviceId: `${n}` }));
      const drawn = ways[way]!(items, wanted(count, most, Math.random));
      const perUser = ['a', 'b', 'c'].map(
        (id) => drawn.filter(({ userId }) => userId === id).length,
      );
      const room = ['a', 'b', 'c'].map((id) =>
        Math.min(most, items.filter(({ userId }) => userId === id).length),
      );
      return (
        drawn.length ===
          Math.min(
            count,
            room.reduce((sum, one) => sum + one, 0),
          ) &&
        perUser.every((one) => one <= most) &&
        new Set(drawn).size === drawn.length
      );
    }),
  );
});
