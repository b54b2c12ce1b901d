/**
 * Slows down guessing. Wrong passwords are counted by account and address together, by address,
 * and, more patiently, by account: past its free failures each makes whoever comes that way wait,
 * twice as long after each further one. A device that has logged in to the account before has a
 * count of its own and hears of no other, so no guesser can keep an owner out. While it waits no
 * password is looked at, and then one attempt at a time is let in. All tables are bounded.
 *
 * Who was wrong lately, or comes from a neighbourhood of guessers, is doubted: that keeps nobody out, but has the password
 * wait behind those of others (password-queue.ts).
 */
import { TrackerError } from '../../net/errors.js';
import {
  DOUBTED_NEIGHBOURHOOD_FAILURES,
  FREE_LOGIN_FAILURES,
  FREE_LOGIN_FAILURES_PER_ACCOUNT,
  FREE_LOGIN_FAILURES_PER_ADDRESS,
  FREE_TAKEN_NAMES_PER_ADDRESS,
  LOGIN_BACKOFF_MAX_MS,
  LOGIN_BACKOFF_MIN_MS,
  LOGIN_FAILURES_FORGOTTEN_MS,
  MAX_LOGIN_FAILURE_ENTRIES,
} from '../../net/limits.js';
import { neighbourhoodOfNetwork } from '../../net/network-of.js';

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
  /** Its password lets others go first. */
  readonly isDoubted: boolean;
  succeeded(): void;
  failed(): void;
  /** The password was never looked at. */
  abandoned(): void;
}

/** A count that an attempt goes by; a success clears it when it is the user's own. */
interface Way {
  readonly table: FailureTable;
  readonly name: string;
  readonly isOwn: boolean;
  /** From so many failures on the attempt is doubted. @default never: others may have caused them */
  readonly doubtedFrom?: number;
}

export class LoginThrottle {
  readonly #nowMs: () => number;
  readonly #pairs = new FailureTable(FREE_LOGIN_FAILURES);
  readonly #devices = new FailureTable(FREE_LOGIN_FAILURES);
  readonly #accounts = new FailureTable(FREE_LOGIN_FAILURES_PER_ACCOUNT);
  readonly #networks = new FailureTable(FREE_LOGIN_FAILURES_PER_ADDRESS);
  /** Nobody waits for what neighbours do. */
  readonly #neighbourhoods = new FailureTable(Infinity);
  readonly #namings = new FailureTable(FREE_TAKEN_NAMES_PER_ADDRESS);

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Lets an attempt to log in in. @throws TrackerError TOO_MANY_ATTEMPTS */
  begin(userId: string, network: string): LoginAttempt {
    return this.#begin([
      { table: this.#pairs, name: `${userId} ${network}`, isOwn: true },
      { table: this.#networks, name: network, isOwn: false, doubtedFrom: 1 },
      {
        table: this.#neighbourhoods,
        name: neighbourhoodOfNetwork(network),
        isOwn: false,
        doubtedFrom: DOUBTED_NEIGHBOURHOOD_FAILURES,
      },
      { table: this.#accounts, name: userId, isOwn: false },
    ]);
  }

  /** The same from a device that has logged in to this account before. */
  beginKnown(userId: string, deviceId: string): LoginAttempt {
    const name = `${userId} ${deviceId}`;
    return this.#begin([{ table: this.#devices, name, isOwn: true, doubtedFrom: 1 }]);
  }

  /** Lets an attempt to make an account in; a taken user id is its failure. */
  beginNaming(network: string): LoginAttempt {
    return this.#begin([{ table: this.#namings, name: network, isOwn: false }]);
  }

  #begin(ways: readonly Way[]): LoginAttempt {
    const nowMs = this.#nowMs();
    const waitMs = Math.max(...ways.map(({ table, name }) => table.waitMs(name, nowMs)));
    if (waitMs > 0) throw tooMany(waitMs);
    for (const { table, name } of ways) table.begin(name);
    const isDoubted = ways.some(
      ({ table, name, doubtedFrom = Infinity }) => table.count(name, nowMs) >= doubtedFrom,
    );
    return {
      isDoubted,
      succeeded: () => {
        for (const { table, name, isOwn } of ways) {
          if (isOwn) table.forget(name);
          else table.end(name);
        }
      },
      failed: () => {
        for (const { table, name } of ways) table.fail(name, this.#nowMs());
      },
      abandoned: () => {
        for (const { table, name } of ways) table.end(name);
      },
    };
  }
}

function tooMany(waitMs: number): TrackerError {
  const seconds = Math.ceil(waitMs / 1000);
  return new TrackerError('TOO_MANY_ATTEMPTS', `too many failures; try again in ${seconds} s`);
}

/** Failures by name, oldest first. */
class FailureTable {
  readonly #entries = new Map<string, Failures>();
  readonly #freeCount: number;

  constructor(freeCount: number) {
    this.#freeCount = freeCount;
  }

  /** Milliseconds until an attempt may be made; 0 for now. */
  waitMs(name: string, nowMs: number): number {
    const entry = this.#entries.get(name);
    if (!entry || entry.count < this.#freeCount) return 0;
    if (nowMs - entry.lastAtMs >= LOGIN_FAILURES_FORGOTTEN_MS && !entry.isTrying) {
      this.#entries.delete(name);
      return 0;
    }
    if (entry.isTrying) return Math.max(LOGIN_BACKOFF_MIN_MS, entry.waitUntilMs - nowMs);
    return Math.max(0, entry.waitUntilMs - nowMs);
  }

  /** Failures that are not forgotten. */
  count(name: string, nowMs: number): number {
    const entry = this.#entries.get(name);
    return entry && nowMs - entry.lastAtMs < LOGIN_FAILURES_FORGOTTEN_MS ? entry.count : 0;
  }

  begin(name: string): void {
    const entry = this.#entries.get(name);
    if (entry && entry.count >= this.#freeCount) entry.isTrying = true;
  }

  end(name: string): void {
    const entry = this.#entries.get(name);
    if (entry) entry.isTrying = false;
  }

  forget(name: string): void {
    this.#entries.delete(name);
  }

  fail(name: string, nowMs: number): void {
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
