import t from 'tap';
import { SharedBound } from '../../src/tracker/shared-bound.js';

t.test('at the bound who has their share is refused, at twice of it everybody', (t) => {
  const bound = new SharedBound(4);
  for (let n = 0; n < 4; n++) t.equal(bound.take('greedy'), true);
  t.equal(bound.take('greedy'), false);
  t.equal(bound.take('a'), true);
  t.equal(bound.take('a'), true, 'a share of two is four by two');
  t.equal(bound.take('a'), false);
  t.equal(bound.take('b'), true);
  t.equal(bound.take('c'), true);
  t.equal(bound.take('d'), false, 'there are twice as many');
  t.equal(bound.total, 8);
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
