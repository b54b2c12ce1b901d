import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { bug } from '../../src/net/errors.js';
import {
  CLEARING_LOOK_MS,
  CLEARING_PAUSE_MS,
  MAX_HURRIED_REMOVALS,
  REMOVAL_TURNS_BEFORE_CONTENTS,
} from '../../src/net/limits.js';
import { Clearing } from '../../src/tracker/clearing.js';
import { FakeClock } from './fake-clock.js';

/** Something that has so many turns left, and a clock. */
function scene(turnsLeft: number) {
  const clock = new FakeClock();
  const failed: unknown[] = [];
  const state = {
    turnsLeft,
    contentTurnsLeft: 0,
    taken: 0,
    failure: undefined as Error | undefined,
    contentFailure: undefined as Error | undefined,
  };
  const any = { groupId: 'any' };
  /** Called in each turn. */
  let onTurn: () => Promise<void> = () => Promise.resolve();
  const clearing = new Clearing({
    clearSome: async () => {
      state.taken++;
      await onTurn();
      if (state.failure) throw state.failure;
      return state.turnsLeft-- > 0 ? any : undefined;
    },
    dropContents: async () => {
      if (state.contentFailure) throw state.contentFailure;
      return state.contentTurnsLeft-- > 0;
    },
    onFailed: (error) => failed.push(error),
    delay: clock.delay,
  });
  const settled = async (): Promise<void> => {
    for (let n = 0; n < 50; n++) await Promise.resolve();
  };
  return { clock, clearing, state, failed, settled, inTurn: (f: typeof onTurn) => (onTurn = f) };
}

void t.test('once woken it goes on until nothing is left, and looks now and then', async (t) => {
  const { clock, clearing, state, settled } = scene(3);
  await settled();
  t.equal(state.taken, 0);
  clearing.wake();
  clearing.wake();
  await settled();
  t.equal(state.taken, 5, 'three, and a look for each time that it was woken');
  t.equal(clock.timerCount, 1);
  clock.advance(CLEARING_LOOK_MS);
  await settled();
  t.equal(state.taken, 6);
  t.equal(clock.timerCount, 1);
  await clearing.close();
  t.equal(clock.timerCount, 0);
});

void t.test('what is left while it looks for the last time is removed too', async (t) => {
  const { clearing, state, settled, inTurn } = scene(0);
  inTurn(async () => {
    if (state.taken > 1) return;
    state.turnsLeft = 1;
    clearing.wake();
    state.turnsLeft = 0;
  });
  clearing.wake();
  await settled();
  t.equal(state.taken, 2);
  await clearing.close();
});

void t.test('a turn that fails is told of and tried again after a pause', async (t) => {
  const { clock, clearing, state, failed, settled } = scene(1);
  state.failure = new Error('the disk is full');
  clearing.wake();
  await settled();
  t.same(failed, [state.failure]);
  t.equal(state.taken, 1);
  state.failure = undefined;
  clock.advance(CLEARING_PAUSE_MS);
  await settled();
  t.equal(state.taken, 3);
  await clearing.close();
});

void t.test('contents that cannot be dropped hold up no removal', async (t) => {
  const count = 2 * REMOVAL_TURNS_BEFORE_CONTENTS;
  const { clock, clearing, state, failed, settled } = scene(count);
  state.contentFailure = new Error('a damaged row');
  state.contentTurnsLeft = 1;
  clearing.wake();
  for (let n = 0; n < 9; n++) await settled();
  t.equal(state.taken, count + 1);
  t.same(failed, [state.contentFailure], 'told once');
  state.contentFailure = undefined;
  clock.advance(CLEARING_PAUSE_MS);
  for (let n = 0; n < 9; n++) await settled();
  t.equal(state.contentTurnsLeft, -1, 'and tried again');
  await clearing.close();
});

void t.test('to close it waits for the turn that goes on, and begins no other', async (t) => {
  const { clock, clearing, state, settled, inTurn } = scene(9);
  const gate = deferred<void>();
  inTurn(() => gate.promise);
  clearing.wake();
  await settled();
  let isClosed = false;
  const closed = clearing.close().then(() => (isClosed = true));
  await settled();
  t.equal(isClosed, false);
  gate.resolve();
  await closed;
  t.equal(state.taken, 1);
  clearing.wake();
  t.equal(state.taken, 1);
  t.equal(clock.timerCount, 0);
});

/** Removals with so many turns left each, contents with some, and who had them. */
function removals(turnsLeft: Readonly<Record<string, number>>, contentTurns = 0) {
  const left = new Map(Object.entries(turnsLeft));
  const taken: string[] = [];
  const clearing = new Clearing({
    clearSome: async (from) => {
      const ids = [...left.keys()].sort();
      const isNext = (id: string): boolean =>
        from === undefined ||
        (from.isIncluded ? id >= from.removal.groupId : id > from.removal.groupId);
      const groupId = ids.find(isNext) ?? ids[0];
      if (groupId === undefined) return undefined;
      taken.push(groupId);
      const rest = left.get(groupId)! - 1;
      if (rest === 0) left.delete(groupId);
      else left.set(groupId, rest);
      return { groupId };
    },
    dropContents: async () => {
      if (contentTurns-- <= 0) return false;
      taken.push('contents');
      return true;
    },
    onFailed: (error) => bug(String(error)),
    delay: new FakeClock().delay,
  });
  const all = async (): Promise<string> => {
    for (let n = 0; n < 500; n++) await Promise.resolve();
    await clearing.close();
    return taken.join(' ');
  };
  return { clearing, all };
}

void t.test('removals take turns', async (t) => {
  const { clearing, all } = removals({ a: 4, b: 1, c: 2 });
  clearing.wake();
  t.equal(await all(), 'a b c a c a a');
});

void t.test('contents have their turns when no removal is left', async (t) => {
  const { clearing, all } = removals({ a: 2, b: 1 }, 3);
  clearing.wake();
  t.equal(await all(), 'a b a contents contents contents');
});

void t.test('contents do not wait for ever while there are removals', async (t) => {
  const before = REMOVAL_TURNS_BEFORE_CONTENTS;
  const { clearing, all } = removals({ a: 2 * before + 1 }, 2);
  clearing.wake();
  const turns = Array<string>(before).fill('a').join(' ');
  t.equal(await all(), `${turns} contents ${turns} contents a`);
});

void t.test('a removal goes on behind the turn of contents of which there are none', async (t) => {
  const count = REMOVAL_TURNS_BEFORE_CONTENTS + 1;
  const { clearing, all } = removals({ a: count });
  clearing.wake();
  t.equal(await all(), Array<string>(count).fill('a').join(' '));
});

void t.test('those for which somebody waits have every second turn', async (t) => {
  const { clearing, all } = removals({ a: 3, b: 2, c: 2, d: 2 });
  clearing.hurry({ groupId: 'd' });
  clearing.hurry({ groupId: 'c' });
  t.equal(await all(), 'd a c b d c a a b');
});

void t.test('beyond a number they wait as all others', async (t) => {
  const { clearing, all } = removals({ a: 1, b: 1, z: 3 });
  for (let n = 0; n < MAX_HURRIED_REMOVALS; n++) clearing.hurry({ groupId: `none ${n}` });
  clearing.hurry({ groupId: 'z' });
  t.match(await all(), /z$/);
});
