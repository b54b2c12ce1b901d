import t from 'tap';
import { RequestBudget } from '../../src/tracker/request-budget.js';

/** So many requests of a party; answers what gives those back that had room. */
function fill(budget: RequestBudget, party: string, count: number): (() => void)[] {
  const places = Array.from({ length: count }, () => budget.take(party));
  return places.filter((place) => place !== undefined);
}

void t.test('whoever is alone may have all of it, and gives way to nobody', (t) => {
  const budget = new RequestBudget(10);
  const places = fill(budget, 'anna', 12);
  t.equal(places.length, 10);
  for (const giveBack of places) giveBack();
  t.equal(budget.total, 0);
  t.equal(fill(budget, 'anna', 12).length, 10, 'all of it is there again');
  t.end();
});

void t.test('who comes to a full one still has a share of as much again', (t) => {
  const budget = new RequestBudget(10);
  fill(budget, 'anna', 10);
  t.equal(fill(budget, 'ben', 10).length, 3, 'of two the half of what is left then');
  t.equal(budget.take('anna'), undefined);
  t.equal(fill(budget, 'cleo', 10).length, 2, 'of three a third');
  const late = ['d', 'e', 'f', 'g', 'h', 'i'].map((party) => fill(budget, party, 1).length);
  t.same(late, [1, 1, 1, 1, 1, 0], 'and at twice the bound nobody has');
  t.equal(budget.total, 20);
  t.end();
});
