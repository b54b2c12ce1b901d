/** Signs tickets with the tracker's Ed25519 key. Owns the key; whoever asks has judged. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { TICKET_LIFETIME_MS } from '../net/limits.js';
import { issueTicket, type Ticket } from '../net/ticket.js';

/** A ticket as it is answered. */
export interface IssuedTicket {
  /** Base64. */
  readonly ticket: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export class TicketIssuer {
  readonly #privateKey: KeyObject;
  readonly #nowMs: () => number;
  /** The raw public key, base64. */
  readonly publicKey: string;

  constructor(privateKeyPem: string, nowMs: () => number) {
    this.#privateKey = createPrivateKey(privateKeyPem);
    this.#nowMs = nowMs;
    const { x } = createPublicKey(this.#privateKey).export({ format: 'jwk' });
    this.publicKey = Buffer.from(x ?? '', 'base64url').toString('base64');
  }

  /** A ticket that lives from now. */
  issue(holder: Omit<Ticket, 'expiresAtMs'>): IssuedTicket {
    const expiresAtMs = this.#nowMs() + TICKET_LIFETIME_MS;
    const bytes = issueTicket({ ...holder, expiresAtMs }, this.#privateKey);
    return { ticket: bytes.toString('base64'), epoch: holder.epoch, expiresAtMs };
  }
}
