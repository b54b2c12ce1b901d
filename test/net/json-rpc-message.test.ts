import fc from 'fast-check';
import t from 'tap';
import {
  decodeMessage,
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
} from '../../src/net/json-rpc-message.js';
import { MAX_RETRY_AFTER_MS } from '../../src/net/limits.js';

/** The error code a malformed message is answered with. */
function replyOf(text: string): { id: unknown; code: unknown } | undefined {
  const message = decodeMessage(text);
  if (message.kind !== 'malformed') return undefined;
  const reply = JSON.parse(message.reply) as { id: unknown; error: { code: unknown } };
  return { id: reply.id, code: reply.error.code };
}

t.test('what is encoded decodes to the same message', (t) => {
  const id = fc.oneof(fc.string(), fc.maxSafeInteger());
  const params = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
  // JSON has no -0, and an own __proto__ is of no interest here.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(id, fc.string(), params, (id, method, params) => {
      t.same(decodeMessage(encodeRequest(id, method, params)), {
        kind: 'request',
        id,
        method,
        params: plain(params),
      });
      t.same(decodeMessage(encodeNotification(method, params)), {
        kind: 'notification',
        method,
        params: plain(params),
      });
      t.same(decodeMessage(encodeResult(id, params)), {
        kind: 'result',
        id,
        result: plain(params),
      });
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('our errors keep their code and text', (t) => {
  const message = decodeMessage(encodeError(3, { code: 'NOT_OWNER', message: 'only the owner' }));
  t.match(message, {
    kind: 'error',
    id: 3,
    error: { code: 'NOT_OWNER', message: 'only the owner' },
  });
  const text = JSON.parse(encodeError(3, { code: 'BUSY', message: 'm' })) as unknown;
  t.same(text, {
    jsonrpc: '2.0',
    id: 3,
    error: { code: -32000, message: 'm', data: { code: 'BUSY' } },
  });
  t.end();
});

t.test('absent params are an empty object, an absent result is null', (t) => {
  t.match(decodeMessage('{"jsonrpc":"2.0","id":1,"method":"m"}'), { params: {} });
  t.match(decodeMessage(encodeNotification('m', undefined)), { params: {} });
  t.match(decodeMessage(encodeResult(1, undefined)), { result: null });
  t.end();
});

t.test('malformed input gets the standard answers', (t) => {
  for (const text of ['', '{', 'hello', '\u0000', '{"jsonrpc":']) {
    t.same(replyOf(text), { id: null, code: -32700 });
  }
  for (const text of ['null', '7', '"x"', '[]', '[{"jsonrpc":"2.0","id":1,"method":"m"}]', '{}']) {
    t.same(replyOf(text), { id: null, code: -32600 }, text);
  }
  const flawed: readonly (readonly [string, unknown])[] = [
    ['{"id":1,"method":"m"}', 1],
    ['{"jsonrpc":"1.0","id":"a","method":"m"}', 'a'],
    ['{"jsonrpc":"2.0","id":1,"method":7}', 1],
    ['{"jsonrpc":"2.0","id":1,"method":"m","params":7}', 1],
    ['{"jsonrpc":"2.0","id":1,"method":"m","params":null}', 1],
    ['{"jsonrpc":"2.0","id":null,"method":"m"}', null],
    ['{"jsonrpc":"2.0","id":{},"method":"m"}', null],
    ['{"jsonrpc":"2.0","id":9}', 9],
  ];
  for (const [text, id] of flawed) t.same(replyOf(text), { id, code: -32600 }, text);
  t.end();
});

t.test('an answer that cannot be read is never answered', (t) => {
  const answers = [
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    '{"jsonrpc":"2.0","result":1}',
    '{"id":1,"result":1}',
    '{"jsonrpc":"2.0","id":[],"result":1}',
  ];
  for (const text of answers) t.equal(decodeMessage(text).kind, 'ignored', text);
  t.end();
});

t.test('an error of another implementation gets one of our codes', (t) => {
  const error = (error: unknown) => decodeMessage(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
  t.match(error({ code: -32601, message: 'no such method' }), { error: { code: 'BAD_REQUEST' } });
  t.match(error({ code: -32603, message: 'oops' }), { error: { code: 'INTERNAL' } });
  t.match(error({ code: -32000, message: 'm', data: { code: 'toString' } }), {
    error: { code: 'INTERNAL', message: 'm' },
  });
  t.match(error(null), { error: { code: 'INTERNAL', message: 'INTERNAL' } });
  t.match(error('text'), { error: { code: 'INTERNAL' } });
  t.end();
});

t.test('no text makes the decoder throw', (t) => {
  const json = fc.record(
    {
      jsonrpc: fc.constantFrom<unknown>('2.0', 2),
      id: fc.jsonValue(),
      method: fc.jsonValue(),
      params: fc.jsonValue(),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    json.map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(text, (text) => decodeMessage(text).kind.length > 0));
  t.end();
});

void t.test('when to ask again is told, and believed within its bound', (t) => {
  const busy = { code: 'BUSY', message: 'not now' } as const;
  const timed = decodeMessage(encodeError(7, busy, 500));
  t.match(timed, { kind: 'error', id: 7, error: { ...busy, retryAfterMs: 500 } });
  for (const wrong of [undefined, -1, 0.5, MAX_RETRY_AFTER_MS + 1, Number.NaN]) {
    const message = decodeMessage(encodeError(7, busy, wrong));
    if (message.kind !== 'error') return void t.fail('an error is decoded as one');
    t.notOk('retryAfterMs' in message.error, String(wrong));
  }
  t.end();
});
