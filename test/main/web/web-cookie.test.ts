import t from 'tap';
import { cookieName, readCookies, setCookie } from '../../../src/main/web/web-cookie.js';

t.test('a cookie is of one port, no script reads it, no foreign page has it sent', async (t) => {
  t.not(cookieName(1), cookieName(2));
  t.equal(setCookie(7, 'x'), 'p2p-7=x; Path=/; HttpOnly; SameSite=Strict');
});

const headers: readonly (readonly [string | undefined, readonly string[]])[] = [
  [undefined, []],
  ['', []],
  ['p2p-7=abc', ['abc']],
  ['other=1; p2p-7=abc; p2p-8=d', ['abc']],
  ['p2p-8=abc', []],
  ['p2p-7=', []],
  ['p2p-7', []],
  // Another place on this machine may set one of the same name for a folder.
  ['p2p-7=abc; p2p-7=def', ['abc', 'def']],
  [' p2p-7=abc ;', ['abc']],
  ['xp2p-7=abc', []],
];

for (const [header, values] of headers) {
  t.test(String(header), async (t) => {
    t.same(readCookies(7, header), values);
  });
}
