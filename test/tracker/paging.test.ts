import t from 'tap';
import { PAGE_BYTES } from '../../src/net/limits.js';
import { fitBytes, PAGE_ROWS, pageOf } from '../../src/tracker/paging.js';

const names = (count: number, length = 4) =>
  Array.from({ length: count }, (_, n) => String(n).padStart(length, '0'));
const same = (name: string) => name;

void t.test('as many items as fit, and at least one', async (t) => {
  t.same(fitBytes(['aaa', 'bbb', 'ccc'], 12), ['aaa', 'bbb'], 'six bytes each');
  t.same(fitBytes(['aaa', 'bbb'], 1), ['aaa']);
  t.same(fitBytes([], 1), []);
});

void t.test('a page says where the next one begins', async (t) => {
  t.same(pageOf(names(3), same), { items: names(3) });
  t.same(pageOf(names(PAGE_ROWS), same), { items: names(PAGE_ROWS) });
  const more = pageOf(names(PAGE_ROWS + 1), same);
  t.equal(more.items.length, PAGE_ROWS);
  t.equal(more.next, more.items.at(-1));
});

void t.test('long items make short pages', async (t) => {
  const { items, next } = pageOf(names(PAGE_ROWS, 1024), same);
  t.ok(items.length < PAGE_ROWS);
  t.equal(next, items.at(-1));
  t.ok(JSON.stringify(items).length <= PAGE_BYTES + 2);
});
