/**
 * Keeps the tickets of the groups in which something is downloaded fresh: looks at them every few
 * seconds, renews those that are about to expire, hands on what it got. A group whose tracker
 * refuses costs no other group its ticket.
 */
import { P2pError, toWireError } from '../../net/errors.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { BackgroundWork } from './background-work.js';
import type { TicketBook } from './ticket-book.js';

/** How often tickets are looked at; they are renewed minutes before they expire. */
const SWEEP_INTERVAL_MS = 5_000;

export interface TicketRenewalOptions {
  readonly tickets: Pick<TicketBook, 'isDue' | 'renew'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  /** Groups whose tickets are in use. */
  readonly activeGroups: () => Iterable<string>;
  readonly onTicket: (groupId: string, ticket: Uint8Array) => void;
  readonly emit: ClientEventListener;
}

export class TicketRenewal {
  readonly #options: TicketRenewalOptions;
  readonly #sweeper: NodeJS.Timeout;
  /** Groups whose renewal is under way; the next sweep must not ask again. */
  readonly #renewing = new Set<string>();
  /** Groups that were refused at the last try; a refusal is told once. */
  readonly #refused = new Set<string>();

  constructor(options: TicketRenewalOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.soon(), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  /** Renews in the background what is due by now. */
  soon(): void {
    this.#options.background.run(() => this.renewDue());
  }

  /** Renews what is due; resolves when every group has its ticket or its refusal. */
  async renewDue(): Promise<void> {
    const due = [...this.#options.activeGroups()].filter(
      (group) => this.#options.tickets.isDue(group) && !this.#renewing.has(group),
    );
    await Promise.all(due.map((groupId) => this.#renew(groupId)));
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  async #renew(groupId: string): Promise<void> {
    const { tickets, onTicket, emit } = this.#options;
    this.#renewing.add(groupId);
    try {
      const ticket = await tickets.renew(groupId);
      this.#refused.delete(groupId);
      onTicket(groupId, ticket);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      if (this.#refused.has(groupId)) return;
      this.#refused.add(groupId);
      emit({ type: 'background-failed', error: toWireError(error) });
    } finally {
      this.#renewing.delete(groupId);
    }
  }
}
