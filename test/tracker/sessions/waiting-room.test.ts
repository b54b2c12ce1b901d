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

t.test('as many are taken in as can go on in time, at the pace of late', async (t) => {
  for (const paceMs of [5, 20, 100]) {
    const room = new WaitingRoom<number>();
    taken(room, 500, () => 'a');
    let nowMs = 0;
    for (let n = 0; n < 400; n++, nowMs += paceMs) room.next(all, nowMs);
    while (room.next(all, nowMs) !== undefined) nowMs += paceMs;
    const count = taken(room, 100_000, () => 'a');
    const fitting = MAX_NEWCOMER_WAIT_MS / paceMs;
    t.ok(count > fitting * 0.99 && count < fitting * 1.01 + 2, `${count} of ${fitting}`);
    t.ok(room.take('b', 1), 'one of another network has its turn soon');
  }
});

t.test('a pause in which nobody waits, or may go on, is no pace', async (t) => {
  const room = new WaitingRoom<number>();
  const before = taken(room, 100_000, () => 'a');
  for (let n = 0; n < 1_000; n++) {
    room.next(() => false, 10_000 * n);
    room.next(all, 10_000 * n + 9_000);
  }
  while (room.next(all, 1e9) !== undefined);
  t.ok(taken(room, 100_000, () => 'a') >= before);
});

t.test('all together have a bound, of which nobody takes what others need', async (t) => {
  const fast = () => {
    const room = new WaitingRoom<number>();
    taken(room, 1_000, () => 'a');
    while (room.next(all, 0) !== undefined);
    return room;
  };
  t.equal(
    taken(fast(), 100_000, () => 'a'),
    MAX_WAITING_NEWCOMERS,
  );
  t.equal(taken(fast(), 100_000, String), 2 * MAX_WAITING_NEWCOMERS);
});
