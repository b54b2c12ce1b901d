import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { PeerError } from '../../src/net/errors.js';
import { TICKET_LIFETIME_MS } from '../../src/net/limits.js';
import {
  checkTicket,
  createIncarnation,
  decodeTicket,
  isIncarnation,
  issueTicket,
  type Ticket,
} from '../../src/net/ticket.js';
import { bytes } from './arbitrary-frames.js';
import { ROLES } from '../../src/net/roles.js';
import { codeThrownBy } from './thrown-by.js';

const tracker = generateKeyPairSync('ed25519');
const otherTracker = generateKeyPairSync('ed25519');
const nowMs = 1_700_000_000_000;
const deviceId = createHash('sha256').update('device').digest('hex');
const otherDeviceId = createHash('sha256').update('other').digest('hex');
const ticket: Ticket = {
  userId: 'ann',
  groupId: 'friends',
  role: 'reader',
  deviceId,
  incarnation: '0123456789abcdef',
  epoch: 3,
  expiresAtMs: nowMs + TICKET_LIFETIME_MS,
};
const issued = issueTicket(ticket, tracker.privateKey);
const check = { publicKey: tracker.publicKey, deviceId, nowMs };

t.test('the ticket of this device passes and says what was signed', (t) => {
  t.same(checkTicket(issued, check), ticket);
  t.same(decodeTicket(issued), ticket);
  t.end();
});

const refused: readonly (readonly [string, () => unknown, string])[] = [
  [
    'a ticket of another tracker',
    () => checkTicket(issueTicket(ticket, otherTracker.privateKey), check),
    'TICKET_INVALID',
  ],
  [
    'a ticket of another device',
    () => checkTicket(issued, { ...check, deviceId: otherDeviceId }),
    'TICKET_INVALID',
  ],
  [
    'an expired ticket',
    () => checkTicket(issued, { ...check, nowMs: ticket.expiresAtMs }),
    'TICKET_EXPIRED',
  ],
  [
    'a ticket that lives too long',
    () => checkTicket(issued, { ...check, nowMs: nowMs - 2 * TICKET_LIFETIME_MS }),
    'TICKET_INVALID',
  ],
  ['a shortened ticket', () => checkTicket(issued.subarray(0, -1), check), 'TICKET_INVALID'],
  [
    'a lengthened ticket',
    () => checkTicket(Buffer.concat([issued, Buffer.of(0)]), check),
    'TICKET_INVALID',
  ],
  ['no ticket', () => checkTicket(Buffer.alloc(0), check), 'TICKET_INVALID'],
  [
    'a signature without its context',
    () => {
      const body = issued.subarray(0, -64);
      return checkTicket(Buffer.concat([body, sign(null, body, tracker.privateKey)]), check);
    },
    'TICKET_INVALID',
  ],
];

for (const [what, run, code] of refused) {
  t.test(`${what} is refused`, (t) => {
    t.equal(codeThrownBy(run), code);
    t.end();
  });
}

t.test('a change of any single byte is noticed', (t) => {
  for (let at = 0; at < issued.length; at++) {
    const forged = Buffer.from(issued);
    forged[at]! ^= 1;
    t.equal(
      codeThrownBy(() => checkTicket(forged, check)),
      'TICKET_INVALID',
    );
  }
  t.end();
});

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => Buffer.byteLength(text) <= 255);

t.test('what is issued decodes to the same ticket', (t) => {
  const anyTicket = fc.record({
    userId: name,
    groupId: name,
    role: fc.constantFrom(...ROLES),
    deviceId: bytes(32, 32).map((id) => id.toString('hex')),
    incarnation: bytes(8, 8).map((id) => id.toString('hex')),
    epoch: fc.nat(0xffff_ffff),
    expiresAtMs: fc.maxSafeNat(),
  });
  fc.assert(
    fc.property(anyTicket, (ticket) => {
      t.same(decodeTicket(issueTicket(ticket, tracker.privateKey)), ticket);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('whatever decodes encodes to the same body; all else is a typed error', (t) => {
  const damage = fc.record({ at: fc.nat(issued.length - 1), to: fc.nat(255), cut: fc.nat(3) });
  fc.assert(
    fc.property(damage, ({ at, to, cut }) => {
      const damaged = Buffer.from(issued.subarray(0, issued.length - cut));
      if (at < damaged.length) damaged[at] = to;
      try {
        const again = issueTicket(decodeTicket(damaged), tracker.privateKey);
        return again.subarray(0, -64).equals(damaged.subarray(0, -64));
      } catch (error) {
        return error instanceof PeerError && error.code === 'TICKET_INVALID';
      }
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a role that this version does not know opens nothing', (t) => {
  const roleAt = 53;
  t.equal(issued[roleAt], ROLES.indexOf('reader'));
  for (const role of [ROLES.length, 255]) {
    const body = Buffer.from(issued.subarray(0, -64));
    body[roleAt] = role;
    const signature = sign(
      null,
      Buffer.concat([Buffer.from('p2p ticket v3\0'), body]),
      tracker.privateKey,
    );
    t.throws(() => checkTicket(Buffer.concat([body, signature]), check), {
      code: 'TICKET_INVALID',
      message: /cannot be read/,
    });
  }
  t.end();
});

t.test('a ticket of another version says so, whoever signed it', (t) => {
  for (const version of [0, 1, 2, 4, 255]) {
    const other = Buffer.from(issued);
    other[0] = version;
    t.throws(() => checkTicket(other, check), {
      code: 'TICKET_INVALID',
      message: /another version of p2p; update/,
    });
  }
  t.end();
});

t.test('no two groups get the same incarnation', (t) => {
  const drawn = Array.from({ length: 1_000 }, createIncarnation);
  t.equal(new Set(drawn).size, drawn.length);
  t.ok(drawn.every(isIncarnation));
  for (const wrong of ['', '0', 'A123456789ABCDEF', `${drawn[0]!}0`]) t.notOk(isIncarnation(wrong));
  t.end();
});

t.test('garbage is a typed error', (t) => {
  fc.assert(
    fc.property(bytes(0, 300), (garbage) => {
      garbage[0] = 2;
      return codeThrownBy(() => checkTicket(garbage, check)) === 'TICKET_INVALID';
    }),
  );
  t.end();
});

t.test('a ticket for what is no name or no device is a bug', (t) => {
  for (const flaw of [
    { userId: '' },
    { groupId: 'x'.repeat(256) },
    { deviceId: 'abc' },
    { incarnation: 'abc' },
  ]) {
    t.throws(() => issueTicket({ ...ticket, ...flaw }, tracker.privateKey), /^bug: /);
  }
  t.end();
});
