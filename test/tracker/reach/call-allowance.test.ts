import t from 'tap';
import {
  CALL_INTERVAL_MS,
  MAX_CALLS_PER_USER,
  MAX_CALLS_TO_DEVICE,
  MAX_CALLS_TO_DEVICE_BY_ONE,
} from '../../../src/net/limits.js';
import { CallAllowance, type WantedCall } from '../../../src/tracker/reach/call-allowance.js';

const one: WantedCall = { userId: 'ben', source: '192.0.2.1', caller: 'b', called: 'a' };

/** How many of these calls are allowed. */
function count(allowance: CallAllowance, calls: readonly WantedCall[], nowMs = 0): number {
  return calls.filter((call) => allowance.take(call, nowMs)).length;
}

function times(many: number, call: (n: number) => Partial<WantedCall>): WantedCall[] {
  return Array.from({ length: many }, (_, n) => ({ ...one, ...call(n) }));
}

t.test('a pair, a user and a called device each have their bound', (t) => {
  const pair = times(1_000, () => ({}));
  t.equal(count(new CallAllowance(), pair), MAX_CALLS_TO_DEVICE_BY_ONE);
  const byUser = times(1_000, (n) => ({ called: `a${n}` }));
  t.equal(count(new CallAllowance(), byUser), MAX_CALLS_PER_USER);
  const toDevice = times(1_000, (n) => ({
    ...{ userId: `u${n}`, caller: `b${n}`, source: `192.0.${n % 250}.${n % 200}` },
  }));
  t.equal(count(new CallAllowance(), toDevice), MAX_CALLS_TO_DEVICE);
  t.end();
});

t.test('after a while it begins anew', (t) => {
  const allowance = new CallAllowance();
  count(
    allowance,
    times(100, () => ({})),
  );
  t.equal(count(allowance, [one], CALL_INTERVAL_MS - 1), 0);
  t.equal(count(allowance, [one], CALL_INTERVAL_MS), 1);
  t.end();
});
