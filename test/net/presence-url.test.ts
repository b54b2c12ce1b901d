import t from 'tap';
import { MAX_PRESENCE_URL_BYTES } from '../../src/net/limits.js';
import {
  checkPresenceUrl,
  hasPresencePassword,
  shownPresence,
} from '../../src/net/presence-url.js';

const SECRET = 's3cret';

void t.test('an address is one of Redis, and comes back unchanged', (t) => {
  for (const url of ['redis://host', 'rediss://anna:pw@host:6380/2']) {
    t.equal(checkPresenceUrl(url), url);
  }
  for (const text of ['', 'host', 'redis://', `postgres://:${SECRET}@host`, 'redis://a\nb/']) {
    t.throws(() => checkPresenceUrl(text), { code: 'BAD_ARGUMENT' }, text);
  }
  const long = `redis://host/${'d'.repeat(MAX_PRESENCE_URL_BYTES)}`;
  t.throws(() => checkPresenceUrl(long), { code: 'BAD_ARGUMENT', message: /bytes/ });
  t.end();
});

void t.test('no password is ever shown, wherever it stands', (t) => {
  for (const url of [`redis://:${SECRET}@host:6380/2`, `redis://host:6380?password=${SECRET}`]) {
    t.equal(hasPresencePassword(url), true);
    t.equal(shownPresence(url), 'redis://host:6380');
  }
  t.equal(hasPresencePassword('redis://host'), false);
  try {
    checkPresenceUrl(`http://${SECRET}`);
    t.fail('it is none');
  } catch (error) {
    t.notMatch(String(error), SECRET);
  }
  t.end();
});

void t.test('a password that is read as something else is refused, and not repeated', (t) => {
  for (const text of [
    `redis://anna:12/${SECRET}@host/2`,
    `redis://anna:12?${SECRET}@host/2`,
    `redis://anna:12#${SECRET}@host/2`,
    `redis:anna:${SECRET}@host/2`,
    `redis:/anna:${SECRET}@host/2`,
    `redis:anna:${SECRET}?a=b@host/2`,
    `redis://anna:12?${SECRET}=b@host/2`,
    `redis://anna:12?a=${SECRET}@host/2`,
    `redis://anna:p@${SECRET}?w=1@host/2`,
    `redis:anna:${SECRET}`,
    `redis:/anna:${SECRET}`,
    `redis:///anna:${SECRET}`,
    ` redis:anna:${SECRET}`,
  ]) {
    t.throws(() => checkPresenceUrl(text), { code: 'BAD_ARGUMENT' }, text);
    try {
      checkPresenceUrl(text);
    } catch (error) {
      t.notMatch(String(error), SECRET);
    }
  }
  const written = 'redis://anna:a%2Fb%3Fc%23d%40e@host/2?password=a%40b';
  t.equal(checkPresenceUrl(written), written);
  t.end();
});
