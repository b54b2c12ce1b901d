import fc from 'fast-check';
import t from 'tap';
import {
  decodePcpMap,
  decodePmpAddress,
  decodePmpMap,
  encodePcpMap,
  encodePmpAddress,
  encodePmpMap,
} from '../../../src/main/router/pcp-packets.js';

const nonce = Buffer.from('0102030405060708090a0b0c', 'hex');
const request = {
  client: '192.168.1.5',
  internalPort: 7_001,
  externalPort: 7_002,
  lifetimeSeconds: 3_600,
  nonce,
};

t.test('the bytes are those of the RFCs', (t) => {
  const pcp =
    '02010000' +
    '00000e10' +
    '00000000000000000000ffffc0a80105' +
    '0102030405060708090a0b0c' +
    '06000000' +
    '1b591b5a' +
    '00000000000000000000ffff00000000';
  t.equal(encodePcpMap(request).toString('hex'), pcp);
  t.equal(encodePmpMap(request).toString('hex'), '000200001b591b5a00000e10');
  t.equal(
    encodePmpMap({ ...request, lifetimeSeconds: 0 }).toString('hex'),
    '000200001b59000000000000',
  );
  t.equal(encodePmpAddress().toString('hex'), '0000');
  const answered = Buffer.from('008200000000000' + '11b591b5b00000e10', 'hex');
  t.same(decodePmpMap(answered, request), {
    kind: 'mapped',
    externalPort: 7_003,
    lifetimeSeconds: 3_600,
  });
  t.equal(decodePmpAddress(Buffer.from('0080000000000001c6336401', 'hex')), '198.51.100.1');
  t.end();
});

t.test('whatever comes is an answer or none, and no error', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      const bytes = Buffer.from(noise);
      decodePcpMap(bytes, request);
      decodePmpMap(bytes, request);
      decodePmpAddress(bytes);
    }),
  );
  t.end();
});
