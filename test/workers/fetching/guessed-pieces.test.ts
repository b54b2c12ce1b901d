/** What was requested on a guess, and what becomes of it. */
import t from 'tap';
import { GuessedPieces } from '../../../src/workers/fetching/guessed-pieces.js';

const slot = (at: number) => ({ at, length: 8 });

t.test('each piece is ordered once, with its slot when it is whole', (t) => {
  const guessed = new GuessedPieces([3, 5, 7]);
  guessed.hold(5, slot(16));
  t.ok(guessed.has(3) && guessed.has(5));
  t.notOk(guessed.has(4));
  t.same(guessed.take(5), slot(16));
  t.equal(guessed.take(5), undefined);
  t.equal(guessed.take(3), undefined, 'it is under way');
  t.notOk(guessed.has(3));
  guessed.hold(7, slot(32));
  t.same(guessed.takeRest(), { pieces: [7], slots: [slot(32)] });
  t.same(guessed.takeRest(), { pieces: [], slots: [] });
  t.end();
});
