import t from 'tap';
import { MAX_RETURN_SPREAD_MS, RETURNS_PER_SECOND } from '../../src/net/limits.js';
import { decodeReturnAdvice, encodeReturnAdvice } from '../../src/net/return-advice.js';

t.test('the time to come back grows with those who do, and has a bound', async (t) => {
  t.equal(encodeReturnAdvice(0), '');
  t.equal(encodeReturnAdvice(1), '');
  const advice = (clients: number) => decodeReturnAdvice(encodeReturnAdvice(clients));
  t.equal(advice(1), undefined);
  t.equal(advice(RETURNS_PER_SECOND), 1_000);
  t.equal(advice(5 * RETURNS_PER_SECOND), 5_000);
  t.equal(advice(1_000_000), MAX_RETURN_SPREAD_MS);
});

t.test('nobody is kept away for longer than that, and other reasons are no time', async (t) => {
  t.equal(decodeReturnAdvice('{"retryAfterMs":999999999}'), MAX_RETURN_SPREAD_MS);
  t.equal(decodeReturnAdvice('{"retryAfterMs":0}'), 0);
  for (const reason of [
    '',
    'going away',
    '{"retryAfterMs":-1}',
    '{"retryAfterMs":1e9}',
    '{"retryAfterMs":9999999999}',
    '{"retryAfterMs":"5"}',
    '{"retryAfterMs":5} ',
  ]) {
    t.equal(decodeReturnAdvice(reason), undefined, reason);
  }
});
