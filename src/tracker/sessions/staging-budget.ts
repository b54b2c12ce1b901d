/**
 * The memory in which descriptions wait for their last slice: bounded in total and per user. Who
 * says nothing for a while loses theirs; where all of it is taken, the user who holds most makes
 * room for one who would hold less. Owns no bytes, only the account of them.
 */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_STAGED_BYTES_PER_USER,
  MAX_STAGED_DESCRIPTION_BYTES,
  STAGING_SILENCE_MS,
} from '../../net/limits.js';
import type { Clock } from '../clock.js';

/** One place in the budget. */
export interface StagingPlace {
  /** Something came for it; it is not silent. */
  touch(): void;
  /** Gives the bytes back. Safe to call again. */
  free(): void;
}

interface Entry {
  readonly userId: string;
  readonly bytes: number;
  readonly onTaken: () => void;
  lastAtMs: number;
}

export class StagingBudget {
  readonly #clock: Pick<Clock, 'steadyMs' | 'delay'>;
  /** The one that was silent longest stands first. */
  readonly #entries = new Set<Entry>();
  readonly #byUser = new Map<string, number>();
  #bytes = 0;
  #cancelDelay: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'steadyMs' | 'delay'>) {
    this.#clock = clock;
  }

  /** Bytes that are taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes bytes for a user; `onTaken` is called when they are taken back. @throws TrackerError */
  take(userId: string, bytes: number, onTaken: () => void): StagingPlace {
    const own = (this.#byUser.get(userId) ?? 0) + bytes;
    if (own > MAX_STAGED_BYTES_PER_USER) {
      throw new TrackerError('BUSY', 'you are sharing too many large files at a time; try again');
    }
    while (this.#bytes + bytes > MAX_STAGED_DESCRIPTION_BYTES) {
      if (!this.#makeRoom(own)) {
        throw new TrackerError('BUSY', 'too many files are being shared right now; try again');
      }
    }
    const entry: Entry = { userId, bytes, onTaken, lastAtMs: this.#clock.steadyMs() };
    this.#entries.add(entry);
    this.#count(userId, bytes);
    this.#schedule();
    return { touch: () => this.#touch(entry), free: () => this.#free(entry) };
  }

  close(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
  }

  /** Takes the most silent place of the user who holds most, if that is more than `than`. */
  #makeRoom(than: number): boolean {
    let most: string | undefined;
    let mostBytes = than;
    for (const [userId, held] of this.#byUser) {
      if (held > mostBytes) [most, mostBytes] = [userId, held];
    }
    for (const entry of this.#entries) {
      if (entry.userId !== most) continue;
      this.#takeBack(entry);
      return true;
    }
    return false;
  }

  #touch(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    entry.lastAtMs = this.#clock.steadyMs();
    this.#entries.add(entry);
  }

  #takeBack(entry: Entry): void {
    this.#free(entry);
    entry.onTaken();
  }

  #free(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#count(entry.userId, -entry.bytes);
    if (this.#entries.size === 0) this.close();
  }

  #count(userId: string, bytes: number): void {
    this.#bytes += bytes;
    const held = (this.#byUser.get(userId) ?? 0) + bytes;
    if (held > 0) this.#byUser.set(userId, held);
    else this.#byUser.delete(userId);
  }

  #schedule(): void {
    this.#cancelDelay ??= this.#clock.delay(() => this.#sweep(), STAGING_SILENCE_MS);
  }

  #sweep(): void {
    this.#cancelDelay = undefined;
    const latest = this.#clock.steadyMs() - STAGING_SILENCE_MS;
    for (const entry of this.#entries) {
      if (entry.lastAtMs > latest) break;
      this.#takeBack(entry);
    }
    if (this.#entries.size > 0) this.#schedule();
  }
}
