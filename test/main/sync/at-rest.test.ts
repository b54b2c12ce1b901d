/** When something counts as at rest. */
import t from 'tap';
import { AtRest } from '../../../src/main/sync/at-rest.js';
import { SYNC_QUIET_MS } from '../../../src/net/limits.js';

const stamp = (size: number) => ({ size, mtimeNs: 1n, inode: 1n, ctimeNs: 1n });

t.test('it looked the same for long enough', (t) => {
  const atRest = new AtRest();
  atRest.onLook(new Map([['a', stamp(1)]]), 0);
  t.notOk(atRest.isAtRest('a', SYNC_QUIET_MS - 1));
  t.ok(atRest.isAtRest('a', SYNC_QUIET_MS));
  t.notOk(atRest.isAtRest('b', SYNC_QUIET_MS));
  atRest.onLook(new Map([['a', stamp(1)]]), SYNC_QUIET_MS);
  t.ok(atRest.isAtRest('a', SYNC_QUIET_MS));
  atRest.onLook(new Map([['a', stamp(2)]]), SYNC_QUIET_MS);
  t.notOk(atRest.isAtRest('a', SYNC_QUIET_MS), 'it has changed');
  atRest.onLook(new Map(), SYNC_QUIET_MS);
  t.notOk(atRest.isAtRest('a', 9 * SYNC_QUIET_MS), 'it is not there');
  t.end();
});
