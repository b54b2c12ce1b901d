import t from 'tap';
import { MAX_NEWCOMER_WAIT_MS, MAX_WAITING_NEWCOMERS } from '../../../src/net/limits.js';
import { WaitingRoom } from '../../../src/tracker/sessions/waiting-room.js';

const all = () => true;

t.test('networks take turns, and one that may not go on holds up no other', async (t) => {
  const room = new WaitingRoom<string>();
  for (const one of ['a1', 'a2', 'a3', 'b1', 'c1']) t.ok(room.take(one[0]!, one));
  t.equal(room.next(all, 0), 'a1');
  t.equal(
    room.next((network) => network !== 'b', 0),
    'c1',
  );
  t.equal(room.next(all, 0), 'b1');
  t.equal(room.next(all, 0), 'a2');
  t.equal(
    room.next(() => false, 0),
    undefined,
  );
  room.remove('a', 'a3');
  room.remove('a', 'a3');
  t.equal(room.size, 0);
  t.equal(room.next(all, 0), undefined);
});

/** How many of one network, or of one each, are taken in. */
function taken(room: WaitingRoom<number>, count: number, networkOf: (n: number) => string): number {
  let taken = 0;
  for (let n = 0; n < count; n++) if (room.take(networkOf(n), n)) taken++;
  return taken;
}

/** A crowd of one network that goes on at this pace, for a while or until the last but one. */
function crowd(paceMs: number, forMs: number): WaitingRoom<number> {
  const room = new WaitingRoom<number>();
  taken(room, 2_000, () => 'a');
  for (let nowMs = 0; room.size > 1 && nowMs <= forMs; nowMs += paceMs) room.next(all, nowMs);
  return room;
}

t.test('as many are taken in as can go on in time, at the pace of this crowd', async (t) => {
  for (const paceMs of [5, 10, 20, 1_000]) {
    const room = crowd(paceMs, Infinity);
    const count = 1 + taken(room, 100_000, () => 'a');
    const fitting = MAX_NEWCOMER_WAIT_MS / Math.min(paceMs, 20);
    t.ok(count > fitting * 0.99 && count < fitting * 1.01 + 2, `${count} of ${fitting}`);
    t.ok(room.take('b', 1), 'one of another network has its turn soon');
  }
});

t.test(
  'what is measured for less than a second, or was of another crowd, counts not',
  async (t) => {
    t.equal(
      taken(crowd(20, 980), 50, () => 'a'),
      50,
    );
    t.equal(
      taken(crowd(20, 1_000), 50, () => 'a'),
      0,
      'with one more it is measured',
    );
    const other = crowd(20, Infinity);
    other.next(all, 1e6);
    t.equal(other.size, 0);
    t.equal(
      taken(other, 500, () => 'a'),
      500,
    );
  },
);

t.test('a pause in which nobody waits, or may go on, is no pace', async (t) => {
  const room = crowd(3, 1_500);
  for (let n = 1; n < 1_000; n++) {
    const ms = 10_000 * n;
    if (n % 2 === 0) room.next(() => false, ms);
    else room.pause();
    room.next(all, ms + 9_000);
  }
  const count = room.size + taken(room, 100_000, () => 'a');
  t.ok(count >= MAX_WAITING_NEWCOMERS, `${count} wait`);
});

t.test('one long pause in the midst of a crowd sends nobody away', async (t) => {
  const room = crowd(3, 1_500);
  room.next(all, 60_000);
  const count = room.size + taken(room, 100_000, () => 'a');
  t.ok(count >= MAX_WAITING_NEWCOMERS, `${count} wait`);
});

t.test('all together have a bound, of which nobody takes what others need', async (t) => {
  const fast = () => new WaitingRoom<number>();
  t.equal(
    taken(fast(), 100_000, () => 'a'),
    MAX_WAITING_NEWCOMERS,
  );
  const room = fast();
  taken(room, MAX_WAITING_NEWCOMERS, String);
  let nowMs = 0;
  for (let n = 0; n < 2_000; n++, nowMs++) room.next(all, nowMs);
  const left = room.size;
  t.equal(left + taken(room, 100_000, (n) => `new ${n}`), 2 * MAX_WAITING_NEWCOMERS);
});
