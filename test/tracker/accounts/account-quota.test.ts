import t from 'tap';
import {
  ACCOUNTS_PER_CUSTOMER_FACTOR,
  MAX_ACCOUNT_QUOTA_ENTRIES,
} from '../../../src/net/limits.js';
import { AccountQuota } from '../../../src/tracker/accounts/account-quota.js';

const DAY_MS = 24 * 3600 * 1000;
const refusal = { code: 'LIMIT_REACHED' };

function scene(perDay: number) {
  const clock = { nowMs: 1_000_000 };
  return { clock, quota: new AccountQuota(perDay, () => clock.nowMs) };
}

void t.test('an address makes so many accounts in a day', async (t) => {
  const { clock, quota } = scene(2);
  quota.take('here');
  quota.take('here');
  t.throws(() => quota.take('here'), refusal);
  t.doesNotThrow(() => quota.take('elsewhere'));
  clock.nowMs += DAY_MS - 1;
  t.throws(() => quota.take('here'), refusal);
  clock.nowMs += 1;
  t.doesNotThrow(() => quota.take('here'));
});

void t.test('what came to nothing is not counted', async (t) => {
  const { quota } = scene(1);
  quota.take('here');
  quota.giveBack('here');
  t.doesNotThrow(() => quota.take('here'));
  quota.giveBack('nowhere');
});

void t.test('with none a day nobody makes any', async (t) => {
  const { quota } = scene(0);
  t.throws(() => quota.take('here'), refusal);
});

void t.test('a bounded number of addresses is remembered', async (t) => {
  const { quota } = scene(1);
  for (let n = 0; n <= MAX_ACCOUNT_QUOTA_ENTRIES; n++) quota.take(`address ${n}`);
  t.doesNotThrow(() => quota.take('address 0'), 'the oldest is forgotten');
  t.throws(() => quota.take('address 2'), refusal);
});

void t.test('all of an IPv6 /48 make so many together', async (t) => {
  const { clock, quota } = scene(2);
  const place = (n: number) => `2001:db8:1:${n}::/64`;
  for (let n = 0; n < ACCOUNTS_PER_CUSTOMER_FACTOR; n++) {
    quota.take(place(n));
    quota.take(place(n));
    t.throws(() => quota.take(place(n)), { ...refusal, message: /your address/ });
  }
  t.throws(() => quota.take(place(5_000)), { ...refusal, message: /network of your address/ });
  t.doesNotThrow(() => quota.take('2001:db8:2:1::/64'), 'another /48');
  t.doesNotThrow(() => quota.take('192.0.2.1'));
  quota.giveBack(place(0));
  quota.take(place(5_000));
  t.throws(() => quota.take(place(0)), refusal, 'what is given back is given once');
  clock.nowMs += DAY_MS;
  t.doesNotThrow(() => quota.take(place(0)));
});

void t.test('addresses of IPv4 count alone', async (t) => {
  const { quota } = scene(1);
  for (let n = 0; n < 2 * ACCOUNTS_PER_CUSTOMER_FACTOR; n++) quota.take(`192.0.2.${n}`);
  t.throws(() => quota.take('192.0.2.0'), refusal);
});
