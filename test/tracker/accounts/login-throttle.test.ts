import t from 'tap';
import {
  DOUBTED_NEIGHBOURHOOD_FAILURES,
  FREE_LOGIN_FAILURES,
  FREE_LOGIN_FAILURES_PER_ACCOUNT,
  FREE_LOGIN_FAILURES_PER_ADDRESS,
  FREE_TAKEN_NAMES_PER_ADDRESS,
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

void t.test('an address waits for an account after its free failures, ever longer', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna');
  t.throws(() => throttle.begin('anna', 'here'), refusal);
  t.doesNotThrow(() => throttle.begin('ben', 'here').abandoned(), 'another account');
  t.doesNotThrow(() => throttle.begin('anna', 'elsewhere').abandoned(), 'another address');
  clock.nowMs += LOGIN_BACKOFF_MIN_MS;
  fail('anna', 'here', 1);
  clock.nowMs += LOGIN_BACKOFF_MIN_MS;
  t.throws(() => throttle.begin('anna', 'here'), refusal, 'now it takes twice as long');
  clock.nowMs += LOGIN_BACKOFF_MIN_MS;
  throttle.begin('anna', 'here').succeeded();
  t.doesNotThrow(() => fail('anna'), 'a success clears the count');
});

void t.test('the wait has an upper bound', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna', 'here', FREE_LOGIN_FAILURES);
  for (let n = 0; n < 20; n++) {
    clock.nowMs += LOGIN_BACKOFF_MAX_MS;
    throttle.begin('anna', 'here').failed();
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

void t.test('an address waits for every account after more failures', async (t) => {
  const { throttle } = scene();
  for (let n = 0; n < FREE_LOGIN_FAILURES_PER_ADDRESS; n++) {
    throttle.begin(`user ${n}`, 'here').failed();
  }
  t.throws(() => throttle.begin('someone', 'here'), refusal);
  t.doesNotThrow(() => throttle.begin('someone', 'elsewhere'));
});

void t.test('guesses from many addresses slow the account down in the end', async (t) => {
  const { throttle } = scene();
  for (let n = 0; n < FREE_LOGIN_FAILURES_PER_ACCOUNT; n++) {
    throttle.begin('anna', `address ${n}`).failed();
  }
  t.throws(() => throttle.begin('anna', 'a fresh address'), refusal);
  t.doesNotThrow(() => throttle.begin('ben', 'a fresh address'));
});

void t.test('a device that was in before hears of no guesser, only of itself', async (t) => {
  const { throttle, fail } = scene();
  for (let n = 0; n < FREE_LOGIN_FAILURES_PER_ACCOUNT; n++) fail('anna', `address ${n}`, 1);
  t.throws(() => throttle.begin('anna', 'here'), refusal);
  for (let n = 0; n < FREE_LOGIN_FAILURES; n++) throttle.beginKnown('anna', 'her pc').failed();
  t.throws(() => throttle.beginKnown('anna', 'her pc'), refusal);
  t.doesNotThrow(() => throttle.beginKnown('anna', 'her phone').succeeded());
});

void t.test('taken user ids slow down new accounts and nothing else', async (t) => {
  const { throttle } = scene();
  for (let n = 0; n < FREE_TAKEN_NAMES_PER_ADDRESS; n++) throttle.beginNaming('here').failed();
  t.throws(() => throttle.beginNaming('here'), refusal);
  t.doesNotThrow(() => throttle.beginNaming('elsewhere'));
  t.doesNotThrow(() => throttle.begin('anna', 'here'));
});

void t.test('old failures are forgotten', async (t) => {
  const { clock, throttle, fail } = scene();
  fail('anna', 'here', FREE_LOGIN_FAILURES - 1);
  clock.nowMs += LOGIN_FAILURES_FORGOTTEN_MS;
  fail('anna', 'here', FREE_LOGIN_FAILURES - 1);
  t.doesNotThrow(() => throttle.begin('anna', 'here'));
});

void t.test(
  'who was wrong lately is doubted, and the owner of what others guess at is not',
  async (t) => {
    const { clock, throttle, fail } = scene();
    const isDoubted = (user: string, network: string): boolean => {
      const attempt = throttle.begin(user, network);
      attempt.abandoned();
      return attempt.isDoubted;
    };
    t.equal(isDoubted('anna', '192.0.2.1'), false);
    fail('anna', '192.0.2.1', 1);
    t.equal(isDoubted('ben', '192.0.2.1'), true);
    t.equal(isDoubted('anna', '192.0.2.2'), false);
    const device = throttle.beginKnown('anna', 'laptop');
    t.equal(device.isDoubted, false);
    device.failed();
    t.equal(throttle.beginKnown('anna', 'laptop').isDoubted, true);
    clock.nowMs += LOGIN_FAILURES_FORGOTTEN_MS;
    t.equal(isDoubted('ben', '192.0.2.1'), false, 'no longer');
  },
);

void t.test('many addresses of one neighbourhood are doubted together', async (t) => {
  const { throttle } = scene();
  for (const [of, elsewhere] of [
    [(n: number) => `192.0.2.${n}`, '198.51.100.1'],
    [(n: number) => `2001:db8:7:${n.toString(16)}::/64`, '2001:db8:8:1::/64'],
  ] as const) {
    for (let n = 1; n <= DOUBTED_NEIGHBOURHOOD_FAILURES; n++)
      throttle.begin(`u${n}`, of(n)).failed();
    t.equal(throttle.begin('new', of(99)).isDoubted, true);
    t.equal(throttle.begin('new', elsewhere).isDoubted, false);
  }
});
