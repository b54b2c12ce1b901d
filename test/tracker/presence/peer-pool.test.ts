import fc from 'fast-check';
import t from 'tap';
import { PeerPool } from '../../../src/tracker/presence/peer-pool.js';

const device = (userId: string, n = 0) => ({ userId, deviceId: `${userId} ${n}` });
const nobody = (): boolean => false;

void t.test('every user comes once before anyone comes twice', async (t) => {
  const pool = new PeerPool<ReturnType<typeof device>>();
  for (const user of ['a', 'b', 'c']) {
    for (let n = 0; n < 3; n++) pool.add(device(user, n));
  }
  const users = [...pool.draw(Math.random, nobody)].map(({ userId }) => userId);
  t.equal(users.length, 9);
  for (const from of [0, 3, 6]) t.equal(new Set(users.slice(from, from + 3)).size, 3);
});

void t.test('a user who is full is passed over in one step', async (t) => {
  const pool = new PeerPool<ReturnType<typeof device>>();
  for (let n = 0; n < 250; n++) pool.add(device('mallory', n));
  pool.add(device('anna'));
  let asked = 0;
  const drawn = [
    ...pool.draw(
      () => (asked++, 0),
      (userId) => userId === 'mallory',
    ),
  ];
  t.equal(drawn.length, 1);
  t.ok(asked <= 3, `${asked} steps`);
});

void t.test('what comes and goes is drawn as long as it is there', async () => {
  const step = fc.record({ user: fc.constantFrom('a', 'b', 'c'), n: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pool = new PeerPool<ReturnType<typeof device>>();
      const present = new Map<string, ReturnType<typeof device>>();
      for (const { user, n } of steps) {
        const one = device(user, n);
        const before = present.get(one.deviceId);
        if (before) pool.remove(before);
        else pool.add(one);
        if (before) present.delete(one.deviceId);
        else present.set(one.deviceId, one);
      }
      const drawn = [...pool.draw(Math.random, nobody)].map(({ deviceId }) => deviceId);
      return (
        pool.size === present.size &&
        drawn.length === present.size &&
        drawn.every((id) => present.has(id)) &&
        new Set(drawn).size === drawn.length
      );
    }),
  );
});

void t.test('what is not there cannot be taken out', async (t) => {
  const pool = new PeerPool<ReturnType<typeof device>>();
  t.throws(() => pool.remove(device('anna')), { message: /bug/ });
});
