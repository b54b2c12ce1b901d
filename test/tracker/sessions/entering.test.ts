import t from 'tap';
import {
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_ANONYMOUS_PER_ADDRESS,
  NEWCOMER_PATIENCE_MS,
} from '../../../src/net/limits.js';
import { Entering } from '../../../src/tracker/sessions/entering.js';

function scene() {
  const working = new Set<string>();
  const entering = new Entering<string>((one) => working.has(one));
  const add = (network: string, count: number, nowMs = 0) => {
    for (let n = 0; n < count; n++) entering.add(network, `${network}${n}`, nowMs);
  };
  return { working, entering, add };
}

t.test('a network has so many places, and gives them only to its own', async (t) => {
  const { working, entering, add } = scene();
  add('a', MAX_ANONYMOUS_PER_ADDRESS);
  t.notOk(entering.hasRoom('a'));
  t.ok(entering.hasRoom('b'));
  t.notOk(entering.isFull(0));
  t.equal(entering.whoYields('a', NEWCOMER_PATIENCE_MS - 1), undefined);
  t.equal(entering.whoYields('a', NEWCOMER_PATIENCE_MS), 'a0');
  working.add('a0');
  t.equal(entering.whoYields('a', NEWCOMER_PATIENCE_MS), 'a1', 'whose request is worked on stays');
  entering.remove('a', 'a0');
  entering.remove('a', 'a0');
  t.ok(entering.hasRoom('a'));
});

t.test('where all places are taken, whoever has more gives one', async (t) => {
  const { working, entering, add } = scene();
  const parties = MAX_ANONYMOUS_CONNECTIONS / 2;
  for (let n = 0; n < parties - 1; n++) add(`x${n}-`, 2);
  add('y', 1);
  t.ok(entering.hasRoom('new'));
  add('z', 1, 10);
  t.notOk(entering.hasRoom('new'));
  t.equal(entering.whoYields('new', 0), 'x0-0', 'at once to one that has two less');
  t.notOk(entering.isFull(0));
  t.equal(entering.whoYields('y', 0), undefined, 'to one with one less only after its time');
  t.equal(entering.whoYields('y', NEWCOMER_PATIENCE_MS), 'x0-0');
  for (let n = 0; n < parties - 2; n++) for (const m of [0, 1]) working.add(`x${n}-${m}`);
  t.equal(entering.whoYields('y', NEWCOMER_PATIENCE_MS), `x${parties - 2}-0`);
  t.equal(
    entering.whoYields('x0-', NEWCOMER_PATIENCE_MS),
    undefined,
    'none to one that has as many',
  );
});

t.test('where everybody has one, all are full until one has had its time', async (t) => {
  const { entering, add } = scene();
  for (let n = 0; n < MAX_ANONYMOUS_CONNECTIONS; n++) add(`x${n}-`, 1, n === 7 ? 0 : 10);
  t.ok(entering.isFull(NEWCOMER_PATIENCE_MS - 1));
  t.notOk(entering.isFull(NEWCOMER_PATIENCE_MS));
  t.equal(entering.whoYields('new', NEWCOMER_PATIENCE_MS), 'x7-0');
});
