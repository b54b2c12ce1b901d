import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { CLEARING_LOOK_MS, CLEARING_PAUSE_MS } from '../../src/net/limits.js';
import { Clearing } from '../../src/tracker/clearing.js';
import { FakeClock } from './fake-clock.js';

/** Something that has so many turns left, and a clock. */
function scene(turnsLeft: number) {
  const clock = new FakeClock();
  const failed: unknown[] = [];
  const state = { turnsLeft, taken: 0, failure: undefined as Error | undefined };
  /** Called in each turn. */
  let onTurn: () => Promise<void> = () => Promise.resolve();
  const clearing = new Clearing({
    clearSome: async () => {
      state.taken++;
      await onTurn();
      if (state.failure) throw state.failure;
      return state.turnsLeft-- > 0;
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
