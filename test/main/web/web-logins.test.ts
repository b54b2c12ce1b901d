import t from 'tap';
import { WebLogins } from '../../../src/main/web/web-logins.js';
import {
  MAX_WEB_LOGINS,
  WEB_LINK_LIFETIME_MS,
  WEB_LOGIN_LIFETIME_MS,
} from '../../../src/net/limits.js';

function scene() {
  const clock = { nowMs: 0 };
  return { clock, logins: new WebLogins(() => clock.nowMs) };
}

t.test('a link logs in once, and only with both secrets', async (t) => {
  const { logins } = scene();
  const link = logins.newLink();
  t.equal(logins.redeem('something else'), undefined);
  const login = logins.redeem(link)!;
  t.equal(logins.redeem(link), undefined);
  t.ok(logins.isGood(login));
  t.ok(logins.isGood(login), 'again and again');
  const other = logins.redeem(logins.newLink())!;
  t.notOk(logins.isGood({ cookie: login.cookie, pageKey: other.pageKey }));
  t.notOk(logins.isGood({ cookie: other.pageKey, pageKey: login.cookie }));
  logins.end(login.cookie);
  t.notOk(logins.isGood(login));
  t.ok(logins.isGood(other));
});

t.test('a link that nobody opens is soon too old', async (t) => {
  const { logins, clock } = scene();
  const link = logins.newLink();
  clock.nowMs = WEB_LINK_LIFETIME_MS;
  t.equal(logins.redeem(link), undefined);
});

t.test('a login ends when it is not used for long, and never while it is', async (t) => {
  const { logins, clock } = scene();
  const login = logins.redeem(logins.newLink())!;
  for (let day = 0; day < 3; day++) {
    clock.nowMs += WEB_LOGIN_LIFETIME_MS - 1;
    t.ok(logins.isGood(login));
  }
  clock.nowMs += WEB_LOGIN_LIFETIME_MS;
  t.notOk(logins.isGood(login));
});

t.test('there are so many logins; the longest idle gives way', async (t) => {
  const { logins } = scene();
  const all = Array.from({ length: MAX_WEB_LOGINS }, () => logins.redeem(logins.newLink())!);
  t.ok(logins.isGood(all[0]!), 'and is the last used by that');
  const one = logins.redeem(logins.newLink())!;
  t.notOk(logins.isGood(all[1]!));
  t.ok(logins.isGood(all[0]!));
  t.ok(logins.isGood(one));
});
