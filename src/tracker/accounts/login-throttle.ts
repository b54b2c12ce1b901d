/**
 * Slows down guessing: after some wrong passwords an account, or an address, has to wait, and
 * each further failure doubles the wait. While it waits no password is looked at, and when it
 * may try again only one attempt at a time is let in. Remembers a bounded number of both.
 */
import { TrackerError } from '../../net/errors.js';
import {
  FREE_LOGIN_FAILURES,
  FREE_LOGIN_FAILURES_PER_ADDRESS,
  LOGIN_BACKOFF_MAX_MS,
  LOGIN_BACKOFF_MIN_MS,
  LOGIN_FAILURES_FORGOTTEN_MS,
  MAX_LOGIN_FAILURE_ENTRIES,
} from '../../net/limits.js';

interface Failures {
  count: number;
  lastAtMs: number;
  /** No attempt before this time; 0 while free failures are left. */
  waitUntilMs: number;
  /** An attempt is being checked although free failures are used up. */
  isTrying: boolean;
}

/** One attempt that was let in; exactly one of its ends must be reported. */
export interface LoginAttempt {
  succeeded(): void;
  failed(): void;
  /** The password was never looked at. */
  abandoned(): void;
}

export class LoginThrottle {
  readonly #nowMs: () => number;
  readonly #accounts = new FailureTable(FREE_LOGIN_FAILURES);
  readonly #addresses = new FailureTable(FREE_LOGIN_FAILURES_PER_ADDRESS);

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Lets an attempt in; without a user only the address counts. @throws TOO_MANY_ATTEMPTS */
  begin(userId: string | undefined, address: string): LoginAttempt {
    const nowMs = this.#nowMs();
    const waitMs = Math.max(
      this.#accounts.waitMs(userId, nowMs),
      this.#addresses.waitMs(address, nowMs),
    );
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      throw new TrackerError(
        'TOO_MANY_ATTEMPTS',
        `too many wrong passwords; try again in ${seconds} s`,
      );
    }
    this.#accounts.begin(userId);
    this.#addresses.begin(address);
    return {
      succeeded: () => {
        this.#accounts.forget(userId);
        this.#addresses.end(address);
      },
      failed: () => {
        this.#accounts.fail(userId, this.#nowMs());
        this.#addresses.fail(address, this.#nowMs());
      },
      abandoned: () => {
        this.#accounts.end(userId);
        this.#addresses.end(address);
      },
    };
  }
}

/** Failures by name, oldest first. */
class FailureTable {
  readonly #entries = new Map<string, Failures>();
  readonly #freeCount: number;

  constructor(freeCount: number) {
    this.#freeCount = freeCount;
  }

  /** Milliseconds until an attempt may be made; 0 for now. */
  waitMs(name: string | undefined, nowMs: number): number {
    if (name === undefined) return 0;
    const entry = this.#entries.get(name);
    if (!entry || entry.count < this.#freeCount) return 0;
    if (nowMs - entry.lastAtMs >= LOGIN_FAILURES_FORGOTTEN_MS && !entry.isTrying) {
      this.#entries.delete(name);
      return 0;
    }
    if (entry.isTrying) return Math.max(LOGIN_BACKOFF_MIN_MS, entry.waitUntilMs - nowMs);
    return Math.max(0, entry.waitUntilMs - nowMs);
  }

  begin(name: string | undefined): void {
    const entry = name === undefined ? undefined : this.#entries.get(name);
    if (entry && entry.count >= this.#freeCount) entry.isTrying = true;
  }

  end(name: string | undefined): void {
    const entry = name === undefined ? undefined : this.#entries.get(name);
    if (entry) entry.isTrying = false;
  }

  forget(name: string | undefined): void {
    if (name !== undefined) this.#entries.delete(name);
  }

  fail(name: string | undefined, nowMs: number): void {
    if (name === undefined) return;
    const before = this.#entries.get(name);
    const isOld = before && nowMs - before.lastAtMs >= LOGIN_FAILURES_FORGOTTEN_MS;
    const count = (isOld ? 0 : (before?.count ?? 0)) + 1;
    const surplus = count - this.#freeCount;
    const backoffMs = Math.min(LOGIN_BACKOFF_MAX_MS, LOGIN_BACKOFF_MIN_MS * 2 ** surplus);
    const waitUntilMs = surplus < 0 ? 0 : nowMs + backoffMs;
    // Deleted first, so that the map stays in the order of the last failure.
    this.#entries.delete(name);
    if (this.#entries.size >= MAX_LOGIN_FAILURE_ENTRIES) this.#dropOldest();
    this.#entries.set(name, { count, lastAtMs: nowMs, waitUntilMs, isTrying: false });
  }

  #dropOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
