/** Calls in a header: what is put in comes out, and nothing else does. */
import t from 'tap';
import { decodeEarlyCalls, encodeEarlyCalls } from '../../src/net/early-calls.js';
import { MAX_EARLY_CALLS, MAX_EARLY_CALLS_BYTES } from '../../src/net/limits.js';

t.test('texts come out as they went in', async (t) => {
  const texts = ['{"method":"resume"}', 'ä, "ü" \n, ☃'];
  const { header, rest } = encodeEarlyCalls(texts);
  t.match(header, /^[\w+/=,]+$/, 'fit for a header');
  t.same(decodeEarlyCalls(header), texts);
  t.same(rest, []);
});

t.test('no text is no header', async (t) => {
  t.same(encodeEarlyCalls([]), { header: '', rest: [] });
});

t.test('what does not fit is left for later, in its order', async (t) => {
  const many = Array.from({ length: MAX_EARLY_CALLS + 2 }, (_, one) => `${one}`);
  const { header, rest } = encodeEarlyCalls(many);
  t.equal(decodeEarlyCalls(header)?.length, MAX_EARLY_CALLS);
  t.same(rest, many.slice(MAX_EARLY_CALLS));
  const large = 'x'.repeat(MAX_EARLY_CALLS_BYTES);
  t.same(encodeEarlyCalls(['a', large, 'b']).rest, [large, 'b']);
});

t.test('a header of somebody else is none', async (t) => {
  const tooMany = Array.from({ length: MAX_EARLY_CALLS + 1 }, () => 'YQ==').join();
  const tooLong = 'a'.repeat(MAX_EARLY_CALLS_BYTES + 4);
  for (const header of ['', ',', 'a,,b', '{}', 'a b', tooMany, tooLong]) {
    t.equal(decodeEarlyCalls(header), undefined, header.slice(0, 20));
  }
});
