/** How much of a folder may go, at once and within an hour. */
import t from 'tap';
import { SYNC_GONE_WINDOW_MS } from '../../../src/net/limits.js';
import { GoneItems } from '../../../src/main/sync/gone-items.js';

const set = (names: string): Set<string> => new Set(names);

t.test('half of the items is not too much, more is, but one alone never is', (t) => {
  const gone = new GoneItems();
  const isTooMuch = (going: string, agreed: string): boolean =>
    gone.tooMuch(set(going), set(agreed), 0) !== undefined;
  t.notOk(isTooMuch('a', 'a'));
  t.notOk(isTooMuch('ab', 'abcd'));
  t.ok(isTooMuch('abc', 'abcd'));
  t.ok(isTooMuch('ab', 'ab'));
  t.notOk(isTooMuch('', ''));
  t.end();
});

t.test('what has gone within the last hour counts, each once', (t) => {
  const gone = new GoneItems();
  t.equal(gone.tooMuch(set('ab'), set('abcdef'), 0), undefined);
  gone.onGone('a', 0);
  gone.onGone('b', 1);
  t.equal(gone.tooMuch(set('bc'), set('bcdef'), 2), undefined, 'three of six');
  gone.onGone('c', 2);
  t.same(gone.tooMuch(set('d'), set('def'), 3), { going: 4, all: 6 });
  t.equal(gone.tooMuch(set(''), set('def'), 3), undefined, 'nothing is to go');
  t.equal(gone.tooMuch(set('d'), set('def'), SYNC_GONE_WINDOW_MS + 1), undefined);
  t.end();
});
