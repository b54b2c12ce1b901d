import t from 'tap';
import { keptPage } from '../../../src/net/figures/kept-page.js';
import { METRICS_CACHE_MS } from '../../../src/net/limits.js';
import { FakeClock } from '../../tracker/fake-clock.js';

void t.test('however many ask, the page is made once in a while', async (t) => {
  const clock = new FakeClock();
  let made = 0;
  const page = keptPage(async () => `page ${++made}`, clock.steadyMs);
  t.same(await Promise.all([page(), page(), page()]), ['page 1', 'page 1', 'page 1']);
  clock.advance(METRICS_CACHE_MS - 1);
  t.equal(await page(), 'page 1');
  clock.advance(1);
  t.equal(await page(), 'page 2');
});

void t.test('a failure is not kept', async (t) => {
  let made = 0;
  const make = () => (++made === 1 ? Promise.reject(new Error('no')) : Promise.resolve('page'));
  const page = keptPage(make, () => 0);
  await t.rejects(page(), { message: 'no' });
  t.equal(await page(), 'page');
});
