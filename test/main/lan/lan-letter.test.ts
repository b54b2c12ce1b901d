import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  isLetterLike,
  letterWriterOf,
  nonceOf,
  openLetter,
  sealLetter,
  type LanLetter,
} from '../../../src/main/lan/lan-letter.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { MAX_LAN_FILES_PER_LETTER, MAX_LAN_LETTER_BYTES } from '../../../src/net/limits.js';

const credentials = createDeviceCredentials();
const writer = letterWriterOf(credentials);
const deviceId = deviceIdOfCredentials(credentials);
const groupKey = randomBytes(32);
const nowMs = 1_700_000_000_000;
const idOf = (seed: number): string => seed.toString(16).padStart(64, '0');
const ask: LanLetter = { kind: 'ask', fileIds: [idOf(1)] };
const seal = (letter: LanLetter): Buffer => sealLetter(letter, { groupKey, writer, nowMs });

const fileId = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString('hex'));
const some = <T>(item: fc.Arbitrary<T>) =>
  fc.array(item, { minLength: 1, maxLength: MAX_LAN_FILES_PER_LETTER });
const letters: fc.Arbitrary<LanLetter> = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), fileIds: some(fileId) }),
  fc.record({
    kind: fc.constant('have' as const),
    port: fc.integer({ min: 1, max: 65_535 }),
    userId: fc.constantFrom('ann', 'björn', 'x'.repeat(255)),
    files: some(fc.record({ fileId, isComplete: fc.boolean() })),
  }),
);

t.test('what is sealed is what is opened, and fits one packet', (t) => {
  fc.assert(
    fc.property(letters, (letter) => {
      const bytes = seal(letter);
      const opened = openLetter(bytes, groupKey);
      t.ok(bytes.length <= MAX_LAN_LETTER_BYTES && isLetterLike(bytes));
      t.same(opened, { letter, deviceId, atMs: nowMs, nonce: nonceOf(bytes) });
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('any changed bit makes it a stranger’s', (t) => {
  const bytes = seal({
    kind: 'have',
    port: 7,
    userId: 'ann',
    files: [{ fileId: idOf(1), isComplete: true }],
  });
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      t.equal(openLetter(changed, groupKey), 'foreign');
    }),
  );
  t.end();
});

t.test('garbage is refused, whatever its length', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: MAX_LAN_LETTER_BYTES + 10 }), (bytes) => {
      t.equal(openLetter(bytes, groupKey), 'foreign');
    }),
  );
  t.end();
});

t.test('a stranger can tell neither groups, devices nor contents', (t) => {
  const [one, other] = [seal(ask), seal(ask)];
  t.equal(openLetter(one, randomBytes(32)), 'foreign', 'another group');
  t.equal(one.length, other.length);
  const same = [...one].filter((byte, at) => byte === other[at]).length;
  t.ok(same < 5 + one.length / 16, 'two of the same say nothing alike');
  const inClear = [idOf(1), deviceId].map((id) => Buffer.from(id, 'hex'));
  t.notOk(
    inClear.some((bytes) => one.includes(bytes)),
    'no id is to be read',
  );
  t.end();
});

t.test('sealed by a member who writes something else', (t) => {
  // Whoever has the key of a group can seal anything: it is made by hand here.
  const foreign = createDeviceCredentials();
  const forged: LanLetter[] = [
    { kind: 'have', port: 0, userId: 'ann', files: [{ fileId: idOf(1), isComplete: true }] },
    { kind: 'have', port: 7, userId: '', files: [{ fileId: idOf(1), isComplete: true }] },
    { kind: 'have', port: 7, userId: 'a b', files: [{ fileId: idOf(1), isComplete: true }] },
    { kind: 'have', port: 7, userId: 'ann', files: [{ fileId: 'ab', isComplete: true }] },
    { kind: 'ask', fileIds: ['ab'] },
    { kind: 'ask', fileIds: [idOf(1) + '00'] },
  ];
  for (const letter of forged) t.equal(openLetter(seal(letter), groupKey), 'malformed');
  const posing = { point: writer.point, key: letterWriterOf(foreign).key };
  const posed = sealLetter(ask, { groupKey, writer: posing, nowMs });
  t.equal(openLetter(posed, groupKey), 'unsigned', 'in the name of another device');
  const nowhere = { point: Buffer.alloc(65, 4), key: writer.key };
  t.equal(openLetter(sealLetter(ask, { groupKey, writer: nowhere, nowMs }), groupKey), 'unsigned');
  t.end();
});
