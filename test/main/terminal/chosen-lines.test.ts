/** A list in which somebody chooses never needs more lines than there are, and always shows what is chosen. */
import t from 'tap';
import { chosenLines } from '../../../src/main/terminal/chosen-lines.js';

const table = ['HEAD', 'a', 'b', 'c', 'd', 'e'];

t.test('all of it where there is room', (t) => {
  t.same(chosenLines(table, { chosen: 1, foot: 'keys' }, 10), [
    ...['  HEAD', '  a', '> b', '  c', '  d', '  e', 'keys'],
  ]);
  t.same(chosenLines(['HEAD', '(none)'], { chosen: undefined, foot: 'keys' }, 10), [
    ...['  HEAD', '  (none)', 'keys'],
  ]);
  t.end();
});

t.test('else the rows around the chosen one', (t) => {
  const shown = (chosen: number, room: number) =>
    chosenLines(table, { chosen, foot: 'keys' }, room);
  t.same(shown(0, 4), ['  HEAD', '> a', '  b', '1 of 5; keys']);
  t.same(shown(2, 5), ['  HEAD', '  b', '> c', '  d', '3 of 5; keys']);
  t.same(shown(4, 5), ['  HEAD', '  c', '  d', '> e', '5 of 5; keys']);
  t.same(shown(3, 2), ['> d', '4 of 5; keys']);
  t.same(shown(3, 1), ['> d']);
  t.same(shown(3, 0), []);
  for (let room = 0; room < 9; room++)
    for (let chosen = 0; chosen < 5; chosen++) {
      const lines = shown(chosen, room);
      t.ok(lines.length <= room, `${lines.length} of ${room}`);
      t.equal(lines.filter((line) => line.startsWith('>')).length, Math.min(1, room));
    }
  t.end();
});
