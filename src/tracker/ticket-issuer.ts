/**
 * Signs tickets, and heads of histories, with the tracker's Ed25519 key. Owns the key; whoever asks has judged. What it
 * was asked for a moment ago it gives again: signing takes longer than everything else about a ticket.
 */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { signHead, type HistoryGroup, type HistoryHead, type SignedHead } from '../net/history.js';
import { TICKET_GIVEN_AGAIN_MS, TICKET_LIFETIME_MS } from '../net/limits.js';
import { issueTicket, type Ticket } from '../net/ticket.js';
import type { GroupStanding, IssuedTicket, LanKey } from '../net/tracker-api.js';
import { KeptTickets } from './kept-tickets.js';

const LAN_KEY_BYTES = 32;

export class TicketIssuer {
  readonly #privateKey: KeyObject;
  /** The secret half as bytes, from which the keys of groups follow. */
  readonly #secret: Buffer;
  readonly #nowMs: () => number;
  readonly #kept = new KeptTickets();
  /** The raw public key, base64. */
  readonly publicKey: string;

  constructor(privateKeyPem: string, nowMs: () => number) {
    this.#privateKey = createPrivateKey(privateKeyPem);
    this.#nowMs = nowMs;
    const { d = '' } = this.#privateKey.export({ format: 'jwk' });
    this.#secret = Buffer.from(d, 'base64url');
    const { x } = createPublicKey(this.#privateKey).export({ format: 'jwk' });
    this.publicKey = Buffer.from(x ?? '', 'base64url').toString('base64');
  }

  /** A ticket that lives from now, or from a minute ago at most. */
  issue(holder: Omit<Ticket, 'expiresAtMs'>): IssuedTicket {
    const nowMs = this.#nowMs();
    const name = nameOf(holder);
    const kept = this.#kept.find(name);
    const freshMs = nowMs + TICKET_LIFETIME_MS;
    // A clock that was set back makes none older than it is.
    const isGood =
      kept && kept.expiresAtMs <= freshMs && kept.expiresAtMs > freshMs - TICKET_GIVEN_AGAIN_MS;
    if (isGood) return kept;
    const issued = this.#issue(holder, freshMs);
    this.#kept.keep(name, issued);
    return issued;
  }

  #issue(holder: Omit<Ticket, 'expiresAtMs'>, expiresAtMs: number): IssuedTicket {
    const bytes = issueTicket({ ...holder, expiresAtMs }, this.#privateKey);
    const { key: lanKey } = this.lanKeyOf(holder);
    return { ticket: bytes.toString('base64'), epoch: holder.epoch, expiresAtMs, lanKey };
  }

  /** How far the history of a group goes, as whoever has the public key can prove. */
  signHead(group: HistoryGroup, head: HistoryHead): SignedHead {
    return signHead(group, head, this.#privateKey);
  }

  /** The LAN key of a group at its epoch: the same at every tracker with this key, and kept nowhere. */
  lanKeyOf({ groupId, incarnation, epoch }: GroupStanding): LanKey {
    const info = `p2p lan v1\0${incarnation}\0${epoch}`;
    const key = hkdfSync('sha256', this.#secret, '', info, LAN_KEY_BYTES);
    return { groupId, epoch, key: Buffer.from(key).toString('base64') };
  }
}

/** All that a ticket says but for its time. No id holds a line's end. */
function nameOf(holder: Omit<Ticket, 'expiresAtMs'>): string {
  const { deviceId, userId, groupId, incarnation, epoch, role } = holder;
  return `${deviceId}\n${userId}\n${groupId}\n${incarnation}\n${epoch}\n${role}`;
}
