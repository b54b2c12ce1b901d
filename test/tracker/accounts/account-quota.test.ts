import t from 'tap';
import { MAX_ACCOUNT_QUOTA_ENTRIES } from '../../../src/net/limits.js';
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
