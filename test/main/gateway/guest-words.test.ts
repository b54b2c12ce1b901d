import t from 'tap';
import {
  basicPassword,
  formPassword,
  hasWord,
  setWord,
} from '../../../src/main/gateway/guest-words.js';
import { GUEST_PASSWORD_LIFETIME_MS, MAX_PASSWORD_BYTES } from '../../../src/net/limits.js';

const key = Buffer.alloc(32, 1);
const cookieOf = (header: string): string => header.split(';', 1)[0]!;

t.test('a word is good for its link, its time and its process', (t) => {
  const header = setWord(key, 'link', '/g/secret', 1_000);
  t.match(header, /^__Secure-p2p-guest=\S+; Path=\/g\/secret; Max-Age=\d+; Secure; HttpOnly; Same/);
  const cookie = cookieOf(header);
  t.equal(hasWord(key, 'link', cookie, 1_000), true);
  t.equal(hasWord(key, 'link', `other=1; ${cookie}`, 1_000), true);
  t.equal(hasWord(key, 'other', cookie, 1_000), false);
  t.equal(hasWord(Buffer.alloc(32, 2), 'link', cookie, 1_000), false);
  t.equal(hasWord(key, 'link', cookie, 1_000 + GUEST_PASSWORD_LIFETIME_MS), false);
  const later = cookie.replace(/=(\d+)\./, (_, until) => `=${Number(until) + 1}.`);
  t.equal(hasWord(key, 'link', later, 1_000), false);
  for (const wrong of [
    undefined,
    '',
    'x',
    `${cookie}x`,
    cookie.slice(0, -1),
    '__Secure-p2p-guest=',
  ]) {
    t.equal(hasWord(key, 'link', wrong, 1_000), false, String(wrong));
  }
  t.equal(hasWord(key, 'link', `${'a=1;'.repeat(100)}${cookie}`, 1_000), false);
  t.end();
});

t.test('a password comes by HTTP Basic or a form, and has a bound', (t) => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const tooLong = 'x'.repeat(MAX_PASSWORD_BYTES + 1);
  t.equal(basicPassword(basic('guest:open sesame')), 'open sesame');
  t.equal(basicPassword(basic(':a:b')), 'a:b');
  t.equal(basicPassword(basic(':schön')), 'schön');
  const none = [
    undefined,
    '',
    'Basic',
    'Bearer x',
    basic('none'),
    basic('x:'),
    basic(`:${tooLong}`),
  ];
  for (const header of none) t.equal(basicPassword(header), undefined, String(header).slice(0, 40));
  const form = 'application/x-www-form-urlencoded';
  t.equal(formPassword(form, 'password=open+sesame'), 'open sesame');
  t.equal(formPassword(`${form}; charset=UTF-8`, 'a=1&password=%C3%A4'), 'ä');
  t.equal(formPassword('text/plain', 'password=x'), undefined);
  t.equal(formPassword(undefined, 'password=x'), undefined);
  for (const body of ['', 'password=', 'x=1', `password=${tooLong}`]) {
    t.equal(formPassword(form, body), undefined, body.slice(0, 40));
  }
  t.end();
});
