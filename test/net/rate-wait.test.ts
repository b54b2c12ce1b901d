/** Waiting for a rate that may be set meanwhile. */
import { mock } from 'node:test';
import t from 'tap';
import { RATE_WAIT_STEP_MS } from '../../src/net/limits.js';
import { whenPaid } from '../../src/net/rate-wait.js';

t.test('it lasts as long as was told, unless the rate is set or it is taken back', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const limiter = { changes: 0 };
  const done: string[] = [];
  whenPaid(limiter, 20, () => done.push('short'));
  whenPaid(limiter, 3 * RATE_WAIT_STEP_MS + 5, () => done.push('long'));
  const end = whenPaid(limiter, 3 * RATE_WAIT_STEP_MS, () => done.push('taken back'));
  mock.timers.tick(19);
  t.same(done, []);
  mock.timers.tick(1);
  t.same(done, ['short']);
  for (let step = 0; step < 3; step++) mock.timers.tick(RATE_WAIT_STEP_MS - (step === 0 ? 20 : 0));
  end();
  mock.timers.tick(4);
  t.same(done.slice(1), ['taken back']);
  mock.timers.tick(1);
  t.same(done.slice(2), ['long']);
  whenPaid(limiter, 1_000_000, () => done.push('forgiven'));
  const taken = whenPaid(limiter, 1_000_000, () => done.push('never'));
  mock.timers.tick(RATE_WAIT_STEP_MS);
  taken();
  limiter.changes++;
  mock.timers.tick(RATE_WAIT_STEP_MS);
  t.same(done.slice(3), ['forgiven']);
  t.end();
});
