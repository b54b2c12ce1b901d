import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { firstHead, hashEntry, isHeadSigned, signHead } from '../../src/net/history.js';
import { INCARNATION, OTHER_INCARNATION } from '../fixtures/incarnations.js';

const group = { groupId: 'g', incarnation: INCARNATION };
const keys = generateKeyPairSync('ed25519');

function sha256(...parts: readonly (string | Buffer)[]): string {
  return createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest('hex');
}

t.test('the first hash is of the group, as docs/protocol.md says', (t) => {
  const expected = sha256('p2p history group v1\0', Buffer.from(INCARNATION, 'hex'), '\x01g');
  t.same(firstHead(group), { count: 0, hash: expected });
  t.not(firstHead({ ...group, incarnation: OTHER_INCARNATION }).hash, expected);
  t.not(firstHead({ ...group, groupId: 'h' }).hash, expected);
  t.end();
});

t.test('an entry is hashed byte by byte as docs/protocol.md says', (t) => {
  const previous = 'ab'.repeat(32);
  const entry = { seq: 258, atMs: 1, action: 'share', actor: 'añ', subjects: ['x', 'yz'] };
  const expected = sha256(
    'p2p history entry v1\0',
    Buffer.from(previous, 'hex'),
    Buffer.from('0000000000000102' + '0000000000000001', 'hex'),
    '\x05share',
    Buffer.from('0361c3b1', 'hex'),
    Buffer.from('0002', 'hex'),
    '\x01x\x02yz',
  );
  t.equal(hashEntry(previous, entry), expected);
  t.end();
});

t.test('entries that differ in anything have different hashes', (t) => {
  const text = fc.string({ maxLength: 20 });
  const entries = fc.record({
    seq: fc.nat(),
    atMs: fc.nat(),
    action: text,
    actor: text,
    subjects: fc.array(text, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      const previous = '00'.repeat(32);
      return isSame === (hashEntry(previous, one) === hashEntry(previous, other));
    }),
  );
  t.end();
});

t.test('a head that is signed is that of this group and this number alone', (t) => {
  const head = { count: 7, hash: 'cd'.repeat(32) };
  const signed = signHead(group, head, keys.privateKey);
  t.match(signed, head);
  t.ok(isHeadSigned(group, signed, keys.publicKey));
  t.notOk(isHeadSigned({ ...group, groupId: 'h' }, signed, keys.publicKey));
  t.notOk(isHeadSigned({ ...group, incarnation: OTHER_INCARNATION }, signed, keys.publicKey));
  t.notOk(isHeadSigned(group, { ...signed, count: 8 }, keys.publicKey));
  t.notOk(isHeadSigned(group, { ...signed, hash: 'ce'.repeat(32) }, keys.publicKey));
  t.notOk(isHeadSigned(group, { ...signed, signature: '' }, keys.publicKey));
  t.notOk(isHeadSigned(group, signed, generateKeyPairSync('ed25519').publicKey));
  t.end();
});
