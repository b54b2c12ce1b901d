import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { TICKET_GIVEN_AGAIN_MS, TICKET_LIFETIME_MS } from '../../src/net/limits.js';
import { checkTicket } from '../../src/net/ticket.js';
import { TicketIssuer } from '../../src/tracker/ticket-issuer.js';
import { at } from '../fixtures/incarnations.js';

void t.test('what it signs is good for its device until it ends', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const issuer = new TicketIssuer(pem, () => 1_000);
  const holder = {
    ...{ userId: 'anna', role: 'admin' as const, deviceId: 'ab'.repeat(32) },
    ...{ groupId: 'g', ...at(4) },
  };
  const issued = issuer.issue(holder);
  const expiresAtMs = 1_000 + TICKET_LIFETIME_MS;
  t.match(issued, { epoch: 4, expiresAtMs });
  const x = Buffer.from(issuer.publicKey, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const bytes = Buffer.from(issued.ticket, 'base64');
  const { deviceId } = holder;
  const good = { publicKey, deviceId, nowMs: expiresAtMs - 1 };
  t.same(checkTicket(bytes, good), { ...holder, expiresAtMs });
  t.throws(() => checkTicket(bytes, { ...good, nowMs: expiresAtMs }), { code: 'TICKET_EXPIRED' });
});

t.test('a LAN key is of one group at one epoch, the same at every tracker with this key', (t) => {
  const pem = (): string => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  };
  const [one, other] = [pem(), pem()];
  const keyAt = (key: string, epoch: number, incarnation = 'ab'.repeat(8)): string =>
    new TicketIssuer(key, () => 0).lanKeyOf({ groupId: 'g', incarnation, epoch }).key;
  t.equal(keyAt(one, 1), keyAt(one, 1));
  const others = [keyAt(one, 2), keyAt(other, 1), keyAt(one, 1, 'cd'.repeat(8))];
  t.equal(new Set([keyAt(one, 1), ...others]).size, 4);
  t.equal(Buffer.from(keyAt(one, 1), 'base64').length, 32);
  const holder = {
    ...{ userId: 'anna', role: 'admin' as const, deviceId: 'ab'.repeat(32) },
    ...{ groupId: 'g', ...at(4) },
  };
  const issuer = new TicketIssuer(one, () => 0);
  t.equal(issuer.issue(holder).lanKey, issuer.lanKeyOf(holder).key, 'it comes with each ticket');
  t.end();
});

void t.test('a ticket is given again for a minute, and only if it says the same', (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  let nowMs = 1_000;
  const issuer = new TicketIssuer(pem, () => nowMs);
  const holder = {
    ...{ userId: 'anna', role: 'admin' as const, deviceId: 'ab'.repeat(32) },
    ...{ groupId: 'g', ...at(4) },
  };
  const first = issuer.issue(holder);
  nowMs += TICKET_GIVEN_AGAIN_MS - 1;
  t.same(issuer.issue(holder), first);
  for (const other of [
    { role: 'member' as const },
    { deviceId: 'cd'.repeat(32) },
    { userId: 'ben' },
    { groupId: 'h' },
    at(5),
    { incarnation: 'cd'.repeat(8) },
  ]) {
    t.not(issuer.issue({ ...holder, ...other }).ticket, first.ticket);
  }
  nowMs += 1;
  const second = issuer.issue(holder);
  t.equal(second.expiresAtMs, nowMs + TICKET_LIFETIME_MS);
  nowMs -= 1_000;
  t.equal(issuer.issue(holder).expiresAtMs, nowMs + TICKET_LIFETIME_MS, 'none from times to come');
  t.end();
});
