/**
 * What one user may hold of a thread's send buffers, over all sessions of all devices: a quarter, and
 * never more than is left for others, so that whoever comes late finds some. A session asks here and
 * not at the buffers themselves.
 *
 *   nobody's (unproven) → a user's → left
 */
import { bug } from '../../net/errors.js';
import { MAX_SEND_BUFFER_BYTES_PER_USER, SEND_BUFFER_BYTES } from '../../net/limits.js';
import { sizeOfBuffer, sizeOfClass, type SendBuffers } from './send-buffers.js';

/** One user's account. */
interface UserAccount {
  readonly userId: string;
  heldBytes: number;
  sessions: number;
}

/** The accounts of one thread's users, as long as they have sessions or hold something. */
export class BufferShares {
  readonly #pool: SendBuffers;
  readonly #users = new Map<string, UserAccount>();

  constructor(pool: SendBuffers) {
    this.#pool = pool;
  }

  /** The way of one session to the buffers. */
  forSession(): SessionBuffers {
    return new SessionBuffers(this.#pool, this);
  }

  /** Users who are remembered. */
  get userCount(): number {
    return this.#users.size;
  }

  join(userId: string): UserAccount {
    const user = this.#users.get(userId) ?? { userId, heldBytes: 0, sessions: 0 };
    this.#users.set(userId, user);
    user.sessions++;
    return user;
  }

  /** Forgets a user of whom nothing is left. */
  settle(user: UserAccount): void {
    if (user.sessions === 0 && user.heldBytes === 0) this.#users.delete(user.userId);
  }
}

export class SessionBuffers {
  readonly #pool: SendBuffers;
  readonly #shares: BufferShares;
  #user: UserAccount | undefined;
  #hasLeft = false;

  constructor(pool: SendBuffers, shares: BufferShares) {
    this.#pool = pool;
    this.#shares = shares;
  }

  /** The session has shown whose it is. */
  belongTo(userId: string): void {
    this.#user ??= this.#shares.join(userId);
  }

  /** A buffer for a block head and `length` bytes, or undefined while there is none for this user. */
  take(length: number): Buffer | undefined {
    const user = this.#user ?? bug('a buffer for a session that has shown no ticket');
    const size = sizeOfClass(length);
    const left = SEND_BUFFER_BYTES - this.#pool.heldBytes - size;
    const bound = Math.min(MAX_SEND_BUFFER_BYTES_PER_USER, left);
    // One buffer is never too much: else the last ones would be nobody's.
    if (user.heldBytes > 0 && user.heldBytes + size > bound) return undefined;
    const buffer = this.#pool.take(length);
    if (buffer) user.heldBytes += size;
    return buffer;
  }

  /** Gives a buffer back; its bytes are no longer needed. */
  give(buffer: Buffer): void {
    this.#onReturned(buffer);
    this.#pool.give(buffer);
  }

  /** Forgets a buffer whose bytes a closing socket may still hold. */
  discard(buffer: Buffer): void {
    this.#onReturned(buffer);
    this.#pool.discard(buffer);
  }

  /** Calls `retry` once when a buffer was given back, by whomever. */
  whenFree(retry: () => void): void {
    this.#pool.whenFree(retry);
  }

  /** Forgets a waiter. */
  forget(retry: () => void): void {
    this.#pool.forget(retry);
  }

  /** The session is over; what a closing socket still holds comes back later. Idempotent. */
  leave(): void {
    if (!this.#user || this.#hasLeft) return;
    this.#hasLeft = true;
    this.#user.sessions--;
    this.#shares.settle(this.#user);
  }

  #onReturned(buffer: Buffer): void {
    if (!this.#user) return;
    this.#user.heldBytes -= sizeOfBuffer(buffer);
    this.#shares.settle(this.#user);
  }
}
