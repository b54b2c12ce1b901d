/**
 * The rule of revocation: whose ticket is good for how long. Knows the newest epoch of each group
 * and since when; pure but for that table, every time is handed in.
 */
import { TICKET_EPOCH_GRACE_MS } from '../../net/limits.js';

/** What counts of a ticket that was shown. */
export interface ShownTicket {
  readonly groupId: string;
  readonly epoch: number;
  /** On the tracker's clock. */
  readonly expiresAtMs: number;
}

export class TicketEpochs {
  readonly #newest = new Map<string, { readonly epoch: number; readonly sinceMs: number }>();

  /** A group is at this epoch at least; `nowMs` is of one steady clock. */
  learn(groupId: string, epoch: number, nowMs: number): void {
    const known = this.#newest.get(groupId);
    if (!known || epoch > known.epoch) this.#newest.set(groupId, { epoch, sinceMs: nowMs });
  }

  /** True when somebody has left the group since this ticket was made. */
  isOutdated({ groupId, epoch }: Pick<ShownTicket, 'groupId' | 'epoch'>): boolean {
    const newest = this.#newest.get(groupId);
    return newest !== undefined && epoch < newest.epoch;
  }

  /**
   * Why a session that was let in with this ticket must end; undefined while it may go on. An
   * outdated ticket has a while to be renewed, because most of those who hold one are still in.
   */
  lapseOf(
    ticket: ShownTicket,
    trackerNowMs: number,
    nowMs: number,
  ): 'TICKET_EXPIRED' | 'EPOCH_OUTDATED' | undefined {
    if (ticket.expiresAtMs <= trackerNowMs) return 'TICKET_EXPIRED';
    const newest = this.#newest.get(ticket.groupId);
    if (!newest || ticket.epoch >= newest.epoch) return undefined;
    return nowMs - newest.sinceMs > TICKET_EPOCH_GRACE_MS ? 'EPOCH_OUTDATED' : undefined;
  }

  forget(groupId: string): void {
    this.#newest.delete(groupId);
  }

  clear(): void {
    this.#newest.clear();
  }
}
