/** Which pieces are asked for before it is known whether they are wanted. */
import t from 'tap';
import { firstGuesses } from '../../../src/main/downloads/first-guesses.js';
import { MAX_GUESSED_PIECES } from '../../../src/net/limits.js';

const pieces = (count: number) => Array.from({ length: count }, (_, piece) => piece + 100);

t.test('each connection gets a few pieces, and no piece is on two', (t) => {
  const dealt = firstGuesses(pieces(40), 3, Math.random);
  t.same(
    dealt.map(({ length }) => length),
    [MAX_GUESSED_PIECES, MAX_GUESSED_PIECES, MAX_GUESSED_PIECES],
  );
  t.equal(new Set(dealt.flat()).size, 3 * MAX_GUESSED_PIECES);
  t.ok(dealt.flat().every((piece) => pieces(40).includes(piece)));
  t.end();
});

t.test('few pieces are spread, and a connection without one is not among them', (t) => {
  t.same(
    firstGuesses(pieces(2), 3, () => 0),
    [[100], [101]],
  );
  t.same(firstGuesses([], 3, Math.random), []);
  t.end();
});

t.test('chance decides which come first', (t) => {
  t.same(firstGuesses(pieces(3), 1, () => 0.99)[0], [102, 101]);
  t.same(firstGuesses(pieces(3), 1, () => 0)[0], [100, 102]);
  t.end();
});
