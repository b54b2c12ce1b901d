import t from 'tap';
import { folderOf, guestRequestOf, pathOf } from '../../../src/main/gateway/guest-request.js';

const SECRET = 'aB3_-'.padEnd(43, 'x');

t.test('the address of a link is known by its secret alone', (t) => {
  for (const url of [
    `/g/${SECRET}`,
    `/g/${SECRET}/`,
    `/g/${SECRET}/film.mkv`,
    `/g/${SECRET}/..%2f..%2fetc%2fpasswd`,
    `/g/${SECRET}/../../etc/passwd`,
    `/g/${SECRET}/a/b/c?x=1`,
  ]) {
    const expected = { kind: 'link', method: 'GET', secret: SECRET, form: 'zip' };
    t.same(guestRequestOf('GET', url), expected, url);
  }
  for (const url of [
    undefined,
    '',
    '/',
    '*',
    '/g/',
    '/favicon.ico',
    `/g/${SECRET.slice(1)}`,
    `/g/${SECRET}y`,
    `/g/../g/${SECRET}`,
    `//g/${SECRET}`,
    `/G/${SECRET}`,
    `/x/g/${SECRET}`,
    `/g/%61${SECRET.slice(3)}/film`,
    `https://elsewhere.example/g/${SECRET}`,
    `/g/${SECRET}#x`,
    `/g/${SECRET}%00`,
    `/g/__proto__/x`,
  ]) {
    t.same(guestRequestOf('GET', url), { kind: 'elsewhere' }, String(url));
  }
  t.end();
});

t.test('three methods are there, for every address alike', (t) => {
  for (const method of ['GET', 'HEAD', 'POST']) {
    t.match(guestRequestOf(method, `/g/${SECRET}`), { kind: 'link', method });
  }
  for (const method of [undefined, '', 'get', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    for (const url of ['/', `/g/${SECRET}`]) {
      t.same(guestRequestOf(method, url), { kind: 'wrong-method' }, `${method} ${url}`);
    }
  }
  t.end();
});

t.test('the way of a link leads to it, whatever its name is', (t) => {
  for (const name of ['film.mkv', 'a b', 'ä/ö', '..', 'x?y#z', 'a\r\nb', '\ud800', '%2f']) {
    const path = pathOf(SECRET, name);
    t.match(path, /^\/g\/[\w-]{43}\/[\w.!~*'()%-]+$/, name);
    t.match(guestRequestOf('GET', path), { kind: 'link', secret: SECRET });
    t.ok(path.startsWith(`${folderOf(SECRET)}/`));
  }
  t.end();
});
