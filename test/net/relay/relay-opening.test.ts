import t from 'tap';
import {
  beginsRelay,
  createRelayKey,
  decodeRelayOpening,
  encodeRelayOpening,
  isRelayKey,
  RELAY_OPENING_BYTES,
} from '../../../src/net/relay/relay-opening.js';

t.test('what opens a relayed connection is read as it was written', (t) => {
  for (const side of ['caller', 'called'] as const) {
    const opening = { key: createRelayKey(), side };
    const bytes = encodeRelayOpening(opening);
    t.equal(bytes.length, RELAY_OPENING_BYTES);
    t.ok(beginsRelay(bytes[0]));
    t.same(decodeRelayOpening(bytes), opening);
  }
  t.end();
});

t.test('anything else is none', (t) => {
  const bytes = encodeRelayOpening({ key: createRelayKey(), side: 'called' });
  t.equal(decodeRelayOpening(bytes.subarray(1)), undefined);
  t.equal(decodeRelayOpening(Buffer.concat([bytes, Buffer.of(0)])), undefined);
  for (const at of [0, 5, RELAY_OPENING_BYTES - 1]) {
    const wrong = Buffer.from(bytes);
    wrong[at] = 9;
    t.equal(decodeRelayOpening(wrong), undefined);
  }
  t.notOk(beginsRelay(22), 'TLS begins otherwise');
  t.notOk(isRelayKey('ab'));
  t.end();
});
