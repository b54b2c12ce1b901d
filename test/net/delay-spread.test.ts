/** How much the delay of a way varies. */
import t from 'tap';
import { DelaySpread } from '../../src/net/delay-spread.js';
import { MAX_SPREAD_SLACK_MS, SPREAD_ANSWERS, SPREAD_GAP_MS } from '../../src/net/limits.js';

/** Answers to what is asked so far apart. */
function spreadOf(delaysMs: readonly number[], apartMs = SPREAD_GAP_MS): DelaySpread {
  const spread = new DelaySpread();
  for (const [index, delayMs] of delaysMs.entries()) spread.onQuiet(delayMs, index * apartMs);
  return spread;
}

t.test('it is what answers usually are off the line between their neighbours', (t) => {
  const varying = spreadOf([10, 14, 10, 14, 10, 14, 10, 14]);
  t.equal(varying.spreadMs, 4);
  t.ok(varying.slackMs > 10 && varying.slackMs < MAX_SPREAD_SLACK_MS, String(varying.slackMs));
  varying.forget();
  t.equal(varying.slackMs, 0);
  t.equal(spreadOf([10, 14, 10, 14]).spreadMs, 0, 'a few say nothing');
  const apart = spreadOf([10, 14, 10, 14, 10, 14, 10, 14], SPREAD_GAP_MS + 1);
  t.equal(apart.spreadMs, 0, 'nor do those that were not asked one after the other');
  t.end();
});

t.test('a queue that drains, and one that halves now and then, are no chance', (t) => {
  t.equal(spreadOf([120, 90, 70, 30, 5, 5, 5, 5, 5]).spreadMs, 0);
  t.equal(spreadOf([50, 65, 80, 95, 110, 55, 70, 85, 100, 115, 60, 75]).spreadMs, 0);
  t.end();
});

t.test('it has a bound, and follows what is new', (t) => {
  const spread = spreadOf(Array.from({ length: SPREAD_ANSWERS }, (_, n) => 1_000 * (n % 2)));
  t.equal(spread.slackMs, MAX_SPREAD_SLACK_MS);
  for (let n = 0; n <= SPREAD_ANSWERS; n++) spread.onQuiet(5, 1e6 + n);
  t.equal(spread.slackMs, 0);
  t.end();
});
