/** A long list is asked for less often, but for what this sync has changed itself. */
import t from 'tap';
import { ListPace } from '../../../src/main/sync/list-pace.js';
import { SYNC_ROWS_LISTED_PER_SECOND } from '../../../src/net/limits.js';

t.test('the longer the list, the longer until the next', (t) => {
  const pace = new ListPace();
  t.equal(pace.waitMs(0), 0, 'the first at once');
  pace.onAsked();
  pace.onListed(20 * SYNC_ROWS_LISTED_PER_SECOND, 1_000);
  t.equal(pace.waitMs(1_000), undefined);
  t.notOk(pace.isOld);
  pace.onChanged();
  t.ok(pace.isOld);
  t.equal(pace.waitMs(2_000), 19_000);
  t.equal(pace.waitMs(30_000), 0);
  pace.onAsked();
  pace.onListed(2, 30_000);
  pace.onChanged();
  t.equal(pace.waitMs(30_000), 2);
  t.end();
});

t.test(
  'what this sync has changed is seen at once, and what changes meanwhile is seen later',
  (t) => {
    const pace = new ListPace();
    pace.onAsked();
    pace.onListed(20 * SYNC_ROWS_LISTED_PER_SECOND, 0);
    pace.onOwnChange();
    pace.onChanged();
    t.equal(pace.waitMs(0), 0);
    pace.onAsked();
    pace.onChanged();
    pace.onListed(SYNC_ROWS_LISTED_PER_SECOND, 0);
    t.equal(pace.waitMs(0), 1_000);
    t.end();
  },
);
