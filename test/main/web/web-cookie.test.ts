import t from 'tap';
import { cookieName, readCookie, setCookie } from '../../../src/main/web/web-cookie.js';

t.test('a cookie is of one port, no script reads it, no foreign page has it sent', async (t) => {
  t.not(cookieName(1), cookieName(2));
  t.equal(setCookie(7, 'x'), 'p2p-7=x; Path=/; HttpOnly; SameSite=Strict');
});

const headers: readonly (readonly [string | undefined, string | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  ['p2p-7=abc', 'abc'],
  ['other=1; p2p-7=abc; p2p-8=d', 'abc'],
  ['p2p-8=abc', undefined],
  ['p2p-7=', undefined],
  ['p2p-7', undefined],
  // Another place on this machine may set one of the same name for a folder.
  ['p2p-7=abc; p2p-7=def', undefined],
  [' p2p-7=abc ;', 'abc'],
  ['xp2p-7=abc', undefined],
];

for (const [header, value] of headers) {
  t.test(String(header), async (t) => {
    t.equal(readCookie(7, header), value);
  });
}
