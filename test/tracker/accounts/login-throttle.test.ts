import t from 'tap';
import {
  FREE_LOGIN_FAILURES,
  FREE_LOGIN_FAILURES_PER_ADDRESS,
  LOGIN_BACKOFF_MAX_MS,
  LOGIN_BACKOFF_MIN_MS,
  LOGIN_FAILURES_FORGOTTEN_MS,
} from '../../../src/net/limits.js';
import { LoginThrottle } from '../../../src/tracker/accounts/login-throttle.js';

function scene() {
  const clock = { nowMs: 1_000_000 };
  const throttle = new LoginThrottle(() => clock.nowMs);
  const fail = (user: string, address = 'here', times = FREE_LOGIN_FAILURES) => {
    for (let n = 0; n < times; n++) throttle.begin(user, address).failed();
  };
  return { clock, throttle, fail };
}
const refusal = { code: 'TOO_MANY_ATTEMPTS' };

void t.test(
  'an account waits after its free failures, and longer after each further one',
  async (t) => {
    const { clock, throttle, fail } = scene();
    fail('anna');
    t.throws(() => throttle.begin('anna', 'elsewhere'), refusal);
    t.doesNotThrow(() => throttle.begin('ben', 'here').abandoned());
    clock.nowMs += LOGIN_BACKOFF_MIN_MS;
    fail('anna', 'here', 1);
    clock.nowMs += LOGIN_BACKOFF_MIN_MS;
    t.throws(() => throttle.begin('anna', 'here'), refusal, 'now it takes twice as long');
    clock.nowMs += LOGIN_BACKOFF_MIN_MS;
    throttle.begin('anna', 'here').succeeded();
    t.doesNotThrow(() => fail('anna'), 'a success clears the account');
  },
);

void t.test('the wait has an upper bound', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna', 'here', FREE_LOGIN_FAILURES);
  for (let n = 0; n < 20; n++) {
    clock.nowMs += LOGIN_BACKOFF_MAX_MS;
    throttle.begin('anna', `address ${n}`).failed();
  }
  clock.nowMs += LOGIN_BACKOFF_MAX_MS;
  t.doesNotThrow(() => throttle.begin('anna', 'here'));
});

void t.test('when the wait is over one attempt at a time is let in', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna');
  clock.nowMs += LOGIN_BACKOFF_MIN_MS;
  const attempt = throttle.begin('anna', 'here');
  t.throws(() => throttle.begin('anna', 'here'), refusal);
  attempt.abandoned();
  t.doesNotThrow(() => throttle.begin('anna', 'here'));
});

void t.test('an address waits as well, after more failures', async (t) => {
  const { throttle } = scene();
  for (let n = 0; n < FREE_LOGIN_FAILURES_PER_ADDRESS; n++) {
    throttle.begin(`user ${n}`, 'here').failed();
  }
  t.throws(() => throttle.begin('someone', 'here'), refusal);
  t.throws(() => throttle.begin(undefined, 'here'), refusal);
  t.doesNotThrow(() => throttle.begin('someone', 'elsewhere'));
});

void t.test('old failures are forgotten', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna', 'here', FREE_LOGIN_FAILURES - 1);
  clock.nowMs += LOGIN_FAILURES_FORGOTTEN_MS;
  fail('anna', 'here', FREE_LOGIN_FAILURES - 1);
  t.doesNotThrow(() => throttle.begin('anna', 'here'));
});
