/**
 * What a member does who relays: lets those in who show a good ticket, and has each two meet who came with
 * the same key. The ticket is checked by the listener, its group and epoch by main, which answers. Owns who
 * waits for that answer; the meetings are those of the thread, because the two sides may come to different
 * listeners.
 */
import type { Socket } from 'node:net';
import { laterByTimer } from '../../net/later.js';
import { REPORT_INTERVAL_MS } from '../../net/limits.js';
import { Relay, type RelayCounts, type RelayGuest } from '../../net/relay/relay.js';
import type { RelayOpening } from '../../net/relay/relay-opening.js';
import type { Ticket } from '../../net/ticket.js';
import type { ListenerToMain } from '../messages/listener.js';

/** Of this thread, and how many listeners use it. */
let shared: { readonly relay: Relay; users: number } | undefined;

interface Waiting {
  readonly socket: Socket;
  readonly opening: RelayOpening;
  readonly guest: RelayGuest;
}

export interface RelayingOptions {
  readonly rate: SharedArrayBuffer;
  readonly post: (message: ListenerToMain) => void;
}

export class Relaying {
  readonly #post: RelayingOptions['post'];
  readonly #relay: Relay;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reporter: NodeJS.Timeout;
  #told: RelayCounts = { meetings: 0, bytes: 0 };

  constructor({ rate, post }: RelayingOptions) {
    this.#post = post;
    shared ??= { relay: new Relay({ rate, delay: delayByTimer }), users: 0 };
    shared.users++;
    this.#relay = shared.relay;
    this.#reporter = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
  }

  /** Somebody with a genuine ticket wants to meet another; nothing is read of the connection any more. */
  onMeet(session: number, socket: Socket, opening: RelayOpening, ticket: Ticket): void {
    const { userId, deviceId, groupId, incarnation, epoch } = ticket;
    this.#waiting.set(session, { socket, opening, guest: { userId, deviceId, groupId } });
    socket.on('error', () => undefined);
    socket.once('close', () => this.#waiting.delete(session));
    this.#post({ type: 'meet', session, groupId, incarnation, epoch });
  }

  /** Main has judged. */
  onJudged(session: number, isLetIn: boolean): void {
    const waiting = this.#waiting.get(session);
    if (!waiting) return;
    this.#waiting.delete(session);
    const { socket, opening, guest } = waiting;
    if (isLetIn) this.#relay.join(socket, opening, guest);
    else socket.destroy();
  }

  /** These users, or all, are out of a group. */
  expel(groupId: string | undefined, userIds: readonly string[] | undefined): void {
    this.#relay.expel(groupId, userIds);
  }

  /** The last listener of the thread ends all meetings. Once. */
  close(): void {
    clearInterval(this.#reporter);
    for (const { socket } of this.#waiting.values()) socket.destroy();
    if (shared && --shared.users === 0) {
      shared.relay.close();
      shared = undefined;
    }
    // Last, so that it holds all that has passed.
    this.#report();
  }

  #report(): void {
    const counts = this.#relay.counts();
    if (counts.meetings === this.#told.meetings && counts.bytes === this.#told.bytes) return;
    this.#told = counts;
    this.#post({ type: 'relayed', ...counts });
  }
}

function delayByTimer(callback: () => void, delayMs: number): () => void {
  return laterByTimer(delayMs, callback);
}
