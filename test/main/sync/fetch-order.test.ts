/** What never comes takes no place before what was not tried. */
import t from 'tap';
import { FetchOrder } from '../../../src/main/sync/fetch-order.js';

t.test('those that somebody serves, then by failures, then by the last of them', (t) => {
  const order = new FetchOrder();
  const sorted = (names: string[], unserved = ''): string =>
    order
      .sorted(
        names.map((name) => ({ name })),
        (name) => !unserved.includes(name),
      )
      .map(({ name }) => name)
      .join('');
  t.equal(sorted(['a', 'b', 'c']), 'abc');
  order.onFailed('b', 1);
  order.onFailed('a', 2);
  t.equal(sorted(['a', 'b', 'c']), 'cba');
  order.onFailed('b', 3);
  t.equal(sorted(['a', 'b', 'c']), 'cab');
  t.equal(sorted(['a', 'b', 'c'], 'c'), 'abc', 'nobody serves c');
  order.onDone('b');
  t.equal(sorted(['a', 'b', 'c']), 'bca');
  order.keepOnly(new Set(['b', 'c']));
  t.equal(sorted(['a', 'b', 'c']), 'abc');
  t.end();
});
