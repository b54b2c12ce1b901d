import t from 'tap';
import { SharedBound } from '../../src/tracker/shared-bound.js';

t.test('beyond the bound each has a share of what is left, at twice of it nobody', (t) => {
  const bound = new SharedBound(4);
  for (let n = 0; n < 4; n++) t.equal(bound.take('greedy'), true);
  t.equal(bound.take('greedy'), false);
  t.equal(bound.take('a'), true);
  t.equal(bound.take('a'), false, 'of two the half of three');
  for (const party of ['b', 'c', 'd']) t.equal(bound.take(party), true, party);
  t.equal(bound.take('e'), false, 'there are twice as many');
  t.equal(bound.total, 8);
  t.end();
});

t.test('those who take all they can leave something to those who come later', (t) => {
  const bound = new SharedBound(1_000);
  for (let greedy = 0; greedy < 20; greedy++) while (bound.take(`greedy ${greedy}`));
  t.ok(bound.total > 1_000);
  const late = Array.from({ length: 50 }, (_, n) => bound.take(`late ${n}`));
  t.same(late, new Array(50).fill(true));
  t.end();
});

t.test('what is given back makes room', (t) => {
  const bound = new SharedBound(2);
  bound.take('a');
  bound.take('a');
  t.equal(bound.take('a'), false);
  bound.giveBack('a');
  t.equal(bound.take('a'), true);
  bound.giveBack('a');
  bound.giveBack('a');
  t.equal(bound.total, 0);
  t.throws(() => bound.giveBack('a'), /bug/, 'nobody gives back what they do not have');
  t.end();
});
