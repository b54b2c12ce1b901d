/**
 * What one user may hold of a thread's send buffers, over all sessions of all devices: a quarter, and
 * never more than is left for others, so that whoever comes late finds some. Of that, each session that
 * holds nothing finds one: over a long way the first ones would hold all of it for seconds. A session
 * asks here and not at the buffers themselves.
 *
 *   nobody's (unproven) → a user's → left
 */
import { bug } from '../../net/errors.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_SEND_BUFFER_BYTES_PER_USER,
  SEND_BUFFER_BYTES,
} from '../../net/limits.js';
import { sizeOfBuffer, sizeOfClass, type SendBuffers } from './send-buffers.js';

/** One user's account. */
interface UserAccount {
  readonly userId: string;
  heldBytes: number;
  sessions: number;
  /** Of those, sessions that hold something. */
  holders: number;
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
    const user = this.#users.get(userId) ?? { userId, heldBytes: 0, sessions: 0, holders: 0 };
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
  #heldBytes = 0;
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
    const bound = Math.min(MAX_SEND_BUFFER_BYTES_PER_USER - this.#reservedBytes(user), left);
    // One buffer is never too much: else the last ones would be nobody's.
    if (user.heldBytes > 0 && user.heldBytes + size > bound) return undefined;
    const buffer = this.#pool.take(length);
    if (!buffer) return undefined;
    if (this.#heldBytes === 0) user.holders++;
    this.#heldBytes += size;
    user.heldBytes += size;
    return buffer;
  }

  /** What one that holds something leaves to the user's other sessions: at most half of what there is. */
  #reservedBytes({ sessions, holders }: UserAccount): number {
    if (this.#heldBytes === 0) return 0;
    // Sessions that are over may still hold some.
    const empty = Math.max(0, sessions - holders);
    return Math.min(empty * MAX_BLOCK_LENGTH, MAX_SEND_BUFFER_BYTES_PER_USER / 2);
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
    this.#heldBytes -= sizeOfBuffer(buffer);
    if (this.#heldBytes === 0) this.#user.holders--;
    this.#user.heldBytes -= sizeOfBuffer(buffer);
    this.#shares.settle(this.#user);
  }
}
