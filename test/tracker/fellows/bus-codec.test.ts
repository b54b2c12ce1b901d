import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { MAX_FELLOW_MESSAGE_BYTES } from '../../../src/net/limits.js';
import { FellowCodec, type FellowLetter } from '../../../src/tracker/fellows/bus-codec.js';

const pem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const key = pem();
const codec = new FellowCodec(key);

const device = {
  ...{ deviceId: 'd', userId: 'anna', stamp: 5, places: ['here'] },
  addresses: [{ host: '::1', port: 4000 }],
};
const changes = {
  gone: ['e'],
  devices: [
    device,
    { ...device, nearby: [{ to: 'x', addresses: [] }], isUnreached: true, calls: true },
  ],
  offers: [
    {
      ...{ deviceId: 'd', groupId: 'g' },
      files: [
        ['f1', 'whole'],
        ['f2', 'gone'],
      ] as ['f1' | 'f2', 'whole' | 'gone'][],
    },
  ],
};
const letters: readonly FellowLetter[] = [
  { from: 'a', message: { kind: 'beat', n: 3 } },
  { from: 'a', message: { kind: 'bye' } },
  { from: 'a', message: { kind: 'rung' } },
  { from: 'a', message: { kind: 'ask' } },
  { from: 'a', message: { kind: 'changes', n: 4, ...changes } },
  { from: 'a', message: { kind: 'changes', n: 5, ...changes, left: ['e'] } },
  { from: 'a', message: { kind: 'state', n: 4, isFirst: true, isLast: false, ...changes } },
];

void t.test('every message comes back as it was', (t) => {
  for (const letter of letters) t.same(codec.decode(codec.encode(letter)), letter);
  t.equal(new FellowCodec(`${key}\n`).channel, codec.channel);
  t.end();
});

void t.test('what others say, or have changed, is nothing', (t) => {
  const other = new FellowCodec(pem());
  t.not(other.channel, codec.channel);
  for (const letter of letters) {
    const text = codec.encode(letter);
    t.equal(codec.decode(other.encode(letter)), undefined);
    t.equal(codec.decode(text.replace('"from":"a"', '"from":"b"')), undefined);
    t.equal(codec.decode(text.slice(1)), undefined);
  }
  fc.assert(fc.property(fc.string(), (text) => codec.decode(text) === undefined));
  const large = codec.encode({
    from: 'a'.repeat(MAX_FELLOW_MESSAGE_BYTES),
    message: { kind: 'bye' },
  });
  t.equal(codec.decode(large), undefined);
  const unknown = { from: 'a', message: { kind: 'hello' } } as unknown as FellowLetter;
  t.equal(codec.decode(codec.encode(unknown)), undefined, 'of a newer version');
  t.end();
});
