/**
 * What letters from the network may cost: so many of an address and of all are opened in a second, and
 * each of them counts once. Pure; a steady clock is handed in.
 */
import {
  LAN_LETTERS_OPENED_PER_SECOND,
  LAN_LETTERS_PER_SOURCE,
  LAN_LETTER_LIFE_MS,
  LAN_OPENED_BURST,
  LAN_SOURCE_BURST,
  MAX_LAN_LETTERS_REMEMBERED,
  MAX_LAN_SOURCES,
} from '../../net/limits.js';
import { TokenBucket } from '../../net/token-bucket.js';

export class LanIntake {
  readonly #all: TokenBucket;
  /** By address; the one that wrote last is last. */
  readonly #sources = new Map<string, TokenBucket>();
  readonly #nonces = new Set<string>();

  constructor(nowMs: number) {
    this.#all = new TokenBucket(LAN_OPENED_BURST, LAN_LETTERS_OPENED_PER_SECOND, nowMs);
  }

  /** True when a letter from there may be opened now. */
  admits(host: string, nowMs: number): boolean {
    const known = this.#sources.get(host);
    const bucket = known ?? new TokenBucket(LAN_SOURCE_BURST, LAN_LETTERS_PER_SOURCE, nowMs);
    this.#sources.delete(host);
    this.#sources.set(host, bucket);
    forgetOldest(this.#sources, MAX_LAN_SOURCES);
    // Whoever writes too much takes nothing from the others.
    return bucket.take(nowMs) && this.#all.take(nowMs);
  }

  /** True for one that was written, or read, here before. */
  isKnown(nonce: string): boolean {
    return this.#nonces.has(nonce);
  }

  /** From now on it is known. */
  remember(nonce: string): void {
    this.#nonces.add(nonce);
    forgetOldest(this.#nonces, MAX_LAN_LETTERS_REMEMBERED);
  }
}

/** True while a letter that names this time is good; both on the tracker's clock. */
export function isTimely(atMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - atMs) <= LAN_LETTER_LIFE_MS;
}

function forgetOldest(from: Map<string, unknown> | Set<string>, most: number): void {
  const [oldest] = from.keys();
  if (from.size > most && oldest !== undefined) from.delete(oldest);
}
