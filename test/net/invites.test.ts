/** Codes of invites and what is kept of them. */
import fc from 'fast-check';
import t from 'tap';
import {
  createInviteCode,
  decodeInvite,
  encodeInvite,
  hashInviteCode,
  invitePathOf,
} from '../../src/net/invites.js';
import { MAX_INVITE_USES } from '../../src/net/limits.js';

t.test('codes are never drawn alike, fit a line, and are kept as a hash', (t) => {
  const codes = Array.from({ length: 1_000 }, createInviteCode);
  t.equal(new Set(codes).size, codes.length);
  t.ok(codes.every((code) => /^[\w-]{20}$/.test(code)));
  const hash = hashInviteCode(codes[0]!);
  t.match(hash, /^[0-9a-f]{64}$/);
  t.equal(hashInviteCode(` ${codes[0]!}\r\n`), hash, 'as it comes out of a mail');
  t.equal(invitePathOf('/data', hash), `/data/invites/${hash}.json`);
  t.end();
});

t.test('what is no invite is none', (t) => {
  const invite = { uses: 2, expiresAtMs: 5 };
  t.same(decodeInvite(encodeInvite(invite)), invite);
  for (const wrong of [
    '',
    '{',
    'null',
    '[]',
    '{"uses":0,"expiresAtMs":5}',
    '{"uses":1.5,"expiresAtMs":5}',
    `{"uses":${MAX_INVITE_USES + 1},"expiresAtMs":5}`,
    '{"uses":1,"expiresAtMs":-1}',
    '{"uses":1}',
  ]) {
    t.equal(decodeInvite(wrong), undefined, wrong);
  }
  fc.assert(fc.property(fc.string(), (text) => (decodeInvite(text), true)));
  t.end();
});
