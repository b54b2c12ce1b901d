/** Who may use a terminal, by what Linux says of a process. */
import t from 'tap';
import { isInForeground } from '../../../src/main/terminal/foreground.js';

const table: readonly [name: string, stat: string | undefined, answer: boolean][] = [
  ['in the foreground', '10 (node) S 9 10 8 34817 10 4194304', true],
  ['in the background', '10 (node) S 9 10 8 34817 9 4194304', false],
  ['without a terminal', '10 (node) S 9 10 8 0 -1 4194304', true],
  ['a terminal that is gone', '10 (node) S 9 10 8 34817 -1 4194304', false],
  ['a name with blanks and parentheses', '10 (a) S 1 2) S 9 10 8 34817 10 4194304', true],
  ['a system that says nothing', undefined, true],
  ['something else', 'x', true],
];
for (const [name, stat, answer] of table) {
  t.test(name, (t) => {
    t.equal(isInForeground(stat), answer);
    t.end();
  });
}
