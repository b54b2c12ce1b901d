import fc from 'fast-check';
import t from 'tap';
import { attachment, headOf, SAFETY_HEADERS } from '../../../src/main/gateway/guest-headers.js';

t.test('a name is said for old programs and for new ones', (t) => {
  const cases: readonly (readonly [name: string, plain: string, encoded: string])[] = [
    ['film.mkv', 'film.mkv', 'film.mkv'],
    ['a b.txt', 'a b.txt', 'a%20b.txt'],
    ['ä€.txt', '__.txt', '%C3%A4%E2%82%AC.txt'],
    ['"q"\\.txt', '_q__.txt', '%22q%22_.txt'],
    ['50%.txt', '50_.txt', '50%25.txt'],
    ['../../etc/passwd', '_.._etc_passwd', '_.._etc_passwd'],
    ['.bashrc', 'bashrc', 'bashrc'],
    ['a\r\nSet-Cookie: x=1', 'aSet-Cookie_ x=1', 'aSet-Cookie_%20x%3D1'],
    ['gpj\u202e.exe', 'gpj.exe', 'gpj.exe'],
    ["it's (1)*.txt", "it's (1)_.txt", 'it%27s%20%281%29_.txt'],
    ['😀', '_', '%F0%9F%98%80'],
    ['\ud800', '_', '%EF%BF%BD'],
    ['...', 'download', 'download'],
    ['con\0', 'con', 'con'],
  ];
  for (const [name, plain, encoded] of cases) {
    t.equal(attachment(name), `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`, name);
  }
  t.end();
});

t.test('no name breaks out of its header', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = attachment(name);
      const form = /^attachment; filename="[^"\\\r\n/%]+"; filename\*=UTF-8''[\w.~!#$&+^`|%-]+$/;
      if (!form.test(header) || !/^[\x20-\x7e]+$/.test(header)) throw new Error(header);
    }),
    { numRuns: 1_000 },
  );
  t.end();
});

t.test('bytes are never a page of this place', (t) => {
  const contentType = 'application/octet-stream';
  const item = { name: 'page.html', size: 10, contentType, hasRanges: true, etag: '"ab"' };
  t.match(headOf(item, { kind: 'whole' }), {
    status: 200,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': /^attachment; filename="page.html"/,
      'Content-Length': '10',
      'Accept-Ranges': 'bytes',
      ETag: '"ab"',
    },
  });
  t.match(headOf(item, { kind: 'part', first: 2, last: 4 }), {
    status: 206,
    headers: { 'Content-Range': 'bytes 2-4/10', 'Content-Length': '3', ETag: '"ab"' },
  });
  t.match(headOf(item, { kind: 'unsatisfiable' }), {
    status: 416,
    headers: { 'Content-Range': 'bytes */10' },
  });
  t.match(SAFETY_HEADERS, {
    'Content-Security-Policy': /^default-src 'none';.*frame-ancestors 'none'$/,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  t.end();
});
