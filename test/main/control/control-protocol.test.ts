import fc from 'fast-check';
import t from 'tap';
import {
  decodeEvents,
  decodeFromCaller,
  decodeFromEngine,
  decodeHello,
  decodeWelcome,
} from '../../../src/main/control/control-protocol.js';

const methods = ['progress', 'part', 'event', 'ending', 'cancel', 'eventsEnd', 'nonsense'];

t.test('what is understood is what was said', (t) => {
  const fromEngine: [string, unknown][] = [
    ['progress', { call: 1, progress: { hashed: 7 } }],
    ['part', { call: 'x', text: '[' }],
    ['event', { event: { type: 'tracker-back', tracker: 'there' }, atMs: 7 }],
    ['ending', { error: { code: 'TERMINATED', message: 'stopped' } }],
  ];
  for (const [method, params] of fromEngine) {
    t.same(decodeFromEngine(method, params), { method, params });
    t.equal(decodeFromCaller(method, params), undefined);
  }
  t.same(decodeFromCaller('cancel', { call: 1 }), { method: 'cancel', params: { call: 1 } });
  t.same(decodeFromCaller('eventsEnd', {}), { method: 'eventsEnd', params: {} });
  const plain = { version: 1, title: '', isListener: false };
  t.same(decodeHello({ version: 1 }), plain, 'of before');
  t.same(decodeHello({ version: 1, title: 'x' }), { ...plain, title: 'x' });
  const protocol = { protocol: 1, title: 'x' };
  t.same(decodeHello(protocol), { ...protocol, isListener: false });
  t.same(decodeEvents({}), { scope: 'news' }, 'of before');
  t.same(decodeEvents({ scope: 'all' }), { scope: 'all' });
  const versions = { version: 1, protocol: 1, programVersion: '0.1.0' };
  const welcome = { ...versions, isEngineStaying: false, pid: 1 };
  t.same(decodeWelcome(welcome), welcome);
  t.end();
});

t.test('anything else is undefined and never throws', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...methods), fc.jsonValue(), (method, params) => {
      for (const decode of [decodeFromEngine, decodeFromCaller]) {
        const decoded = decode(method, params);
        if (decoded !== undefined) t.same(decode(decoded.method, decoded.params), decoded);
      }
      decodeHello(params);
      decodeWelcome(params);
      decodeEvents(params);
    }),
  );
  for (const wrong of [undefined, null, 7, 'x', [], {}, { version: '1' }]) {
    t.equal(decodeHello(wrong), undefined);
    t.equal(decodeWelcome(wrong), undefined);
  }
  t.end();
});
