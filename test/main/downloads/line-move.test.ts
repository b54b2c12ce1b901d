/** Moving in the line: where a block of downloads comes to stand, and with which priority. */
import t from 'tap';
import { movedTurns, type MoveTo } from '../../../src/main/downloads/line-move.js';
import { compareTurns, PRIORITIES } from '../../../src/main/home/download-turn.js';

/** `h1 n2 n3`: each id begins with its priority. */
function lineOf(text: string) {
  return text.split(' ').map((id, index) => {
    const priority = PRIORITIES.find((one) => one.startsWith(id[0]!))!;
    return { id, turn: { priority, place: 10 * (index + 1) } };
  });
}

/** The ids in the order of their turns, those that changed their priority as `id=priority`. */
function afterMove(text: string, meant: string, to: MoveTo): string {
  const line = lineOf(text);
  const turns = movedTurns(line, new Set(meant.split(' ')), to);
  return line
    .map(({ id, turn }) => ({ id, was: turn, turn: turns.get(id) ?? turn }))
    .sort((one, other) => compareTurns(one.turn, other.turn))
    .map(({ id, was, turn }) => (was.priority === turn.priority ? id : `${id}=${turn.priority}`))
    .join(' ');
}

t.test('where it stands then', (t) => {
  const cases: [line: string, meant: string, to: MoveTo, after: string][] = [
    ['n1 n2 n3', 'n3', 'first', 'n3 n1 n2'],
    ['n1 n2 n3', 'n1', 'last', 'n2 n3 n1'],
    ['n1 n2 n3', 'n2', 'up', 'n2 n1 n3'],
    ['n1 n2 n3', 'n1', 'up', 'n1 n2 n3'],
    ['n1 n2 n3', 'n2', 'down', 'n1 n3 n2'],
    ['n1 n2 n3', 'n3', 'down', 'n1 n2 n3'],
    ['n1 n2 n3', 'n1', 2, 'n2 n1 n3'],
    ['n1 n2 n3', 'n1', 99, 'n2 n3 n1'],
    ['n1', 'n1', 'first', 'n1'],
    ['h1 n2 n3', 'n3', 'first', 'n3=high h1 n2'],
    ['h1 n2 l3', 'h1', 'last', 'n2 l3 h1=low'],
    ['h1 n2 l3', 'h1', 'down', 'n2 h1=normal l3'],
    ['h1 n2 l3', 'l3', 'up', 'h1 l3=normal n2'],
    ['h1 h2 n3', 'n3', 2, 'h1 n3=high h2'],
    ['h1 n2', 'n2', 2, 'h1 n2'],
    ['n1 n2 n3 n4 n5', 'n2 n4', 'first', 'n2 n4 n1 n3 n5'],
    ['n1 n2 n3 n4 n5', 'n2 n4', 'last', 'n1 n3 n5 n2 n4'],
    ['n1 n2 n3 n4 n5', 'n2 n4', 'up', 'n2 n4 n1 n3 n5'],
    ['n1 n2 n3 n4 n5', 'n2 n4', 'down', 'n1 n3 n5 n2 n4'],
    ['n1 n2 n3 n4 n5', 'n1 n5', 3, 'n2 n3 n1 n5 n4'],
  ];
  for (const [line, meant, to, after] of cases)
    t.equal(afterMove(line, meant, to), after, `${meant} ${to} in ${line}`);
  t.end();
});

t.test('who is not moved, and keeps its place, does not change', (t) => {
  const turns = movedTurns(lineOf('n1 n2 n3 n4'), new Set(['n3']), 'up');
  t.same([...turns.keys()].sort(), ['n2', 'n3']);
  t.same(movedTurns(lineOf('n1 n2'), new Set(['n1']), 'first'), new Map());
  t.end();
});
