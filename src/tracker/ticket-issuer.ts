/** Signs tickets, and heads of histories, with the tracker's Ed25519 key. Owns the key; whoever asks has judged. */
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { signHead, type HistoryGroup, type HistoryHead, type SignedHead } from '../net/history.js';
import { TICKET_LIFETIME_MS } from '../net/limits.js';
import { issueTicket, type Ticket } from '../net/ticket.js';
import type { GroupStanding, IssuedTicket, LanKey } from '../net/tracker-api.js';

const LAN_KEY_BYTES = 32;

export class TicketIssuer {
  readonly #privateKey: KeyObject;
  /** The secret half as bytes, from which the keys of groups follow. */
  readonly #secret: Buffer;
  readonly #nowMs: () => number;
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

  /** A ticket that lives from now. */
  issue(holder: Omit<Ticket, 'expiresAtMs'>): IssuedTicket {
    const expiresAtMs = this.#nowMs() + TICKET_LIFETIME_MS;
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
