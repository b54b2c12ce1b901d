/** What was tried with an item holds until something of it is another one. */
import t from 'tap';
import { SYNC_RETRY_MS } from '../../../src/net/limits.js';
import { TriedItems, type ItemAsTried } from '../../../src/main/sync/tried-items.js';

function scene() {
  const stamp = { size: 1, mtimeNs: 1n, inode: 1n };
  const at = { nowMs: 0, item: { fileId: 'a', stamp } as ItemAsTried };
  const tried = new TriedItems(
    () => at.item,
    () => at.nowMs,
  );
  return { at, tried, stamp };
}

t.test('a verdict is of what was there when it was begun', async (t) => {
  const { at, tried, stamp } = scene();
  t.equal(tried.verdictOf('x'), undefined);
  await tried.compare('x', async () => 'same');
  at.item = { fileId: 'a', stamp: { ...stamp } };
  t.equal(tried.verdictOf('x'), 'same');
  at.item = { fileId: 'b', stamp };
  t.equal(tried.verdictOf('x'), undefined, 'the group has another one');
  await tried.compare('x', async () => {
    at.item = { fileId: 'b', stamp: { ...stamp, mtimeNs: 2n } };
    return 'other';
  });
  t.equal(tried.verdictOf('x'), undefined, 'it was written meanwhile');
});

t.test('what failed is set aside for a while, or until it is another one', (t) => {
  const { at, tried, stamp } = scene();
  t.notOk(tried.isSetAside('x'));
  tried.onFailed('x');
  t.ok(tried.isSetAside('x'));
  at.nowMs = SYNC_RETRY_MS;
  t.notOk(tried.isSetAside('x'));
  tried.onFailed('x');
  at.item = { fileId: 'b', stamp };
  t.notOk(tried.isSetAside('x'));
  tried.onFailed('x');
  tried.onWell('x');
  t.notOk(tried.isSetAside('x'));
  t.end();
});

t.test('what had changed meanwhile is tried again, once for each change', (t) => {
  const { at, tried, stamp } = scene();
  t.notOk(tried.onOvertaken('x'));
  t.ok(tried.onOvertaken('x'));
  at.item = { fileId: 'b', stamp };
  t.notOk(tried.onOvertaken('x'));
  tried.onWell('x');
  t.notOk(tried.onOvertaken('x'));
  t.end();
});
