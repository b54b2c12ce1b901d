/**
 * The rule of revocation: whose ticket is good for how long. Knows how each group of this user
 * stands (the tracker's word) and since when; pure but for that table, every time is handed in.
 */
import { TICKET_EPOCH_GRACE_MS } from '../../net/limits.js';
import type { GroupStanding } from '../../net/tracker-api.js';

/** What counts of a ticket that was shown. */
export interface ShownTicket extends GroupStanding {
  /** On the tracker's clock. */
  readonly expiresAtMs: number;
}

/** Why a ticket is not good here, whatever its signature says. */
export type TicketFlaw = 'TICKET_INVALID' | 'EPOCH_OUTDATED';

interface KnownGroup {
  readonly incarnation: string;
  readonly epoch: number;
  readonly sinceMs: number;
  /** Up to this one the tracker has told; a ticket may have told of a newer one. */
  readonly toldEpoch: number;
}

export class TicketEpochs {
  readonly #groups = new Map<string, KnownGroup>();

  /**
   * The tracker says how a group stands; `nowMs` is of one steady clock. A group that has taken
   * the name of one that ended begins anew, at whatever epoch. `isListed`: who went with this epoch is
   * told beside it. False when others may be out of whom nobody has told, because an epoch was missed.
   */
  learn(standing: GroupStanding, nowMs: number, isListed: boolean): boolean {
    const { groupId, incarnation, epoch } = standing;
    const known = this.#groups.get(groupId);
    if (known?.incarnation !== incarnation) {
      this.#groups.set(groupId, { incarnation, epoch, sinceMs: nowMs, toldEpoch: epoch });
      return known === undefined;
    }
    this.#rise(known, standing, nowMs, Math.max(epoch, known.toldEpoch));
    return epoch <= known.toldEpoch || (isListed && epoch === known.toldEpoch + 1);
  }

  /** A ticket that is good may know of a newer epoch; it never says which group has the name. */
  learnFrom(ticket: GroupStanding, nowMs: number): void {
    const known = this.#groups.get(ticket.groupId);
    if (known && this.flawOf(ticket) === undefined) {
      this.#rise(known, ticket, nowMs, known.toldEpoch);
    }
  }

  #rise(
    known: KnownGroup,
    { groupId, epoch }: GroupStanding,
    nowMs: number,
    toldEpoch: number,
  ): void {
    const newest = epoch > known.epoch ? { epoch, sinceMs: nowMs } : {};
    this.#groups.set(groupId, { ...known, ...newest, toldEpoch });
  }

  /**
   * What is wrong with a ticket that somebody comes with: it is of no group that this user is in
   * (also: of one that had this name before), or somebody has left the group since.
   */
  flawOf({ groupId, incarnation, epoch }: GroupStanding): TicketFlaw | undefined {
    const known = this.#groups.get(groupId);
    if (known?.incarnation !== incarnation) return 'TICKET_INVALID';
    return epoch < known.epoch ? 'EPOCH_OUTDATED' : undefined;
  }

  /**
   * Why a session that was let in with this ticket must end; undefined while it may go on. An
   * outdated ticket has a while to be renewed, because most of those who hold one are still in.
   */
  lapseOf(
    ticket: ShownTicket,
    trackerNowMs: number,
    nowMs: number,
  ): 'TICKET_EXPIRED' | TicketFlaw | undefined {
    if (ticket.expiresAtMs <= trackerNowMs) return 'TICKET_EXPIRED';
    const flaw = this.flawOf(ticket);
    if (flaw !== 'EPOCH_OUTDATED') return flaw;
    const sinceMs = this.#groups.get(ticket.groupId)?.sinceMs ?? nowMs;
    return nowMs - sinceMs > TICKET_EPOCH_GRACE_MS ? flaw : undefined;
  }

  forget(groupId: string): void {
    this.#groups.delete(groupId);
  }

  clear(): void {
    this.#groups.clear();
  }
}
