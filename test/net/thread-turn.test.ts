/** Turns of threads. */
import t from 'tap';
import { createTurnCell, inThreadTurn } from '../../src/net/thread-turn.js';

const stateOf = (cell: SharedArrayBuffer): number => Atomics.load(new Int32Array(cell), 0);

t.test('what is done in a turn answers, and the turn is free again', (t) => {
  const cell = createTurnCell();
  const during = inThreadTurn(cell, () => stateOf(cell));
  t.not(during, stateOf(cell));
  t.equal(stateOf(cell), stateOf(createTurnCell()));
  t.end();
});

t.test('what fails in a turn gives it back', (t) => {
  const cell = createTurnCell();
  t.throws(
    () =>
      inThreadTurn(cell, () => {
        throw new Error('no room');
      }),
    /no room/,
  );
  t.equal(stateOf(cell), stateOf(createTurnCell()));
  t.end();
});

t.test('a turn that is never given back is taken over', (t) => {
  const cell = createTurnCell();
  // As a thread leaves it that was ended in its turn: nobody else is here to give it back.
  const inner = inThreadTurn(cell, () => inThreadTurn(cell, () => 'taken over'));
  t.equal(inner, 'taken over');
  t.equal(stateOf(cell), stateOf(createTurnCell()));
  t.end();
});
