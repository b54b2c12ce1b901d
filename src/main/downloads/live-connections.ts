/**
 * The connections of one owner, each from its dial to its end. Owns their idle timers: one that has
 * nothing to do is kept for a while and then told to end; once the owner is closed all are.
 *
 *   in use → idle → in use → … → closing → gone
 */
import { IDLE_PEER_CONNECTION_MS } from '../../net/limits.js';

/** What can be told to end. */
export interface LiveConnection {
  readonly groupId: string;
  readonly task: { post(message: { readonly type: 'close' }): void };
}

/** In use while it is neither idle nor closing. */
type Life = 'in-use' | 'closing' | { readonly untilEnd: NodeJS.Timeout };

export class LiveConnections<Connection extends LiveConnection> implements Iterable<Connection> {
  /** In the order in which they were dialled, or became idle. */
  readonly #lives = new Map<Connection, Life>();
  #isClosed = false;

  /** The owner has ended, and wants no further one. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get idleCount(): number {
    return [...this].filter((one) => this.isIdle(one)).length;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return [...this.#lives.keys()].values();
  }

  isIdle(connection: Connection): boolean {
    return typeof this.#lives.get(connection) === 'object';
  }

  isClosing(connection: Connection): boolean {
    return this.#lives.get(connection) === 'closing';
  }

  /** It is dialled. */
  add(connection: Connection): void {
    this.#lives.set(connection, 'in-use');
  }

  /** An idle one has something to do again. */
  onInUse(connection: Connection): void {
    this.#stopTimer(connection);
    this.#lives.set(connection, 'in-use');
  }

  /** It has nothing to do: kept for a while, unless it is to end. */
  onIdle(connection: Connection): void {
    if (!this.#lives.has(connection)) return;
    if (this.#isClosed || this.isClosing(connection)) return this.close(connection);
    // To the end of the order.
    this.forget(connection);
    const untilEnd = setTimeout(() => this.close(connection), IDLE_PEER_CONNECTION_MS);
    this.#lives.set(connection, { untilEnd });
  }

  /** Tells one to end; it is gone once it has said so. */
  close(connection: Connection): void {
    if (!this.#lives.has(connection)) return;
    this.#stopTimer(connection);
    this.#lives.set(connection, 'closing');
    connection.task.post({ type: 'close' });
  }

  /** Ends all, and whatever becomes idle later. Idempotent. */
  closeAll(): void {
    this.#isClosed = true;
    for (const one of this) this.close(one);
  }

  /** It has ended. */
  forget(connection: Connection): void {
    this.#stopTimer(connection);
    this.#lives.delete(connection);
  }

  #stopTimer(connection: Connection): void {
    const life = this.#lives.get(connection);
    if (typeof life === 'object') clearTimeout(life.untilEnd);
  }
}
