/** The delay of a way without a queue. */
import t from 'tap';
import { BaseDelay } from '../../src/net/base-delay.js';
import { BASE_DELAY_MINUTES } from '../../src/net/limits.js';

t.test('the least delay of late is that without a queue', (t) => {
  const base = new BaseDelay();
  t.equal(base.queueOf(50), undefined, 'nobody knows yet');
  base.onMeasured(20, 0);
  base.onMeasured(70, 1_000);
  t.equal(base.queueOf(70), 50);
  base.onMeasured(40, BASE_DELAY_MINUTES * 60_000);
  t.equal(base.queueOf(70), 30, 'a way may have become longer');
  base.onLonger(20, BASE_DELAY_MINUTES * 60_000);
  t.equal(base.queueOf(70), 10, 'or is known to have');
  base.forget();
  t.equal(base.queueOf(70), undefined);
  base.onLonger(20, 0);
  t.equal(base.queueOf(70), undefined);
  t.end();
});
