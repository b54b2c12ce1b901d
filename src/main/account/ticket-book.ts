/**
 * The tickets of this client, one per group in which it downloads: fetched when needed, renewed
 * before they expire and when the group's epoch rises, so that running sessions never lapse.
 */
import { TICKET_RENEW_BEFORE_MS } from '../../net/limits.js';
import type { IssuedTicket } from '../../net/tracker-api.js';
import type { AccountLink } from './account-link.js';

interface HeldTicket {
  readonly bytes: Uint8Array;
  readonly epoch: number;
  readonly expiresAtMs: number;
}

/** A ticket, and for how long it is good from now. */
export interface LastingTicket {
  readonly bytes: Uint8Array;
  readonly leftMs: number;
}

export class TicketBook {
  readonly #link: Pick<AccountLink, 'calls' | 'nowMs'>;
  readonly #onLanKey: ((groupId: string, key: string) => void) | undefined;
  readonly #tickets = new Map<string, HeldTicket>();

  /** `onLanKey` hears of the keys that come along. */
  constructor(
    link: Pick<AccountLink, 'calls' | 'nowMs'>,
    onLanKey?: (groupId: string, key: string) => void,
  ) {
    this.#link = link;
    this.#onLanKey = onLanKey;
  }

  /** Keeps a ticket that came along with another answer. */
  onIssued(groupId: string, issued: IssuedTicket): Uint8Array {
    const bytes = Buffer.from(issued.ticket, 'base64');
    this.#tickets.set(groupId, { bytes, epoch: issued.epoch, expiresAtMs: issued.expiresAtMs });
    if (issued.lanKey !== undefined) this.#onLanKey?.(groupId, issued.lanKey);
    return bytes;
  }

  /** The ticket held for a group; undefined when there is none that is still good. */
  held(groupId: string): Uint8Array | undefined {
    return this.lasting(groupId)?.bytes;
  }

  /** The same, with how long it lasts. */
  lasting(groupId: string): LastingTicket | undefined {
    const held = this.#tickets.get(groupId);
    const leftMs = (held?.expiresAtMs ?? 0) - this.#link.nowMs();
    return held && leftMs > 0 ? { bytes: held.bytes, leftMs } : undefined;
  }

  /** True when the group's ticket should be replaced by now. */
  isDue(groupId: string): boolean {
    const held = this.#tickets.get(groupId);
    return !held || held.expiresAtMs - this.#link.nowMs() < TICKET_RENEW_BEFORE_MS;
  }

  /** Fetches a fresh ticket. @throws TrackerError */
  async renew(groupId: string): Promise<Uint8Array> {
    const calls = await this.#link.calls();
    return this.onIssued(groupId, await calls.call('ticket', { groupId }));
  }

  /** Forgets what an epoch has outdated; true when there was such a ticket. */
  onEpoch(groupId: string, epoch: number): boolean {
    const held = this.#tickets.get(groupId);
    if (!held || held.epoch >= epoch) return false;
    this.#tickets.delete(groupId);
    return true;
  }

  /** Forgets the ticket of a group that the user is no longer in. */
  forget(groupId: string): void {
    this.#tickets.delete(groupId);
  }

  /** Forgets everything: the user has logged out. */
  clear(): void {
    this.#tickets.clear();
  }
}
