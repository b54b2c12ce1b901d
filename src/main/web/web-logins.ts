/**
 * Who may see the page: links that log a browser in once, and the logins that came of them. Of every secret only
 * its hash is kept. Bounded; the clock is handed in. Everything ends with the process.
 */
import { createHash, randomBytes } from 'node:crypto';
import { MAX_WEB_LOGINS, WEB_LINK_LIFETIME_MS, WEB_LOGIN_LIFETIME_MS } from '../../net/limits.js';

const SECRET_BYTES = 32;

/** What a browser keeps of a login: one where scripts cannot read it, one where only this place can. */
export interface WebLogin {
  readonly cookie: string;
  readonly pageKey: string;
}

interface Kept {
  readonly pageKeyHash: string;
  lastUsedMs: number;
}

export class WebLogins {
  readonly #nowMs: () => number;
  /** Hash of a link's secret, and until when it is good. */
  readonly #links = new Map<string, number>();
  /** By the hash of the cookie; the longest idle first. */
  readonly #logins = new Map<string, Kept>();

  /** `nowMs`: one steady clock, in milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A secret that logs one browser in. */
  newLink(): string {
    const secret = newSecret();
    this.#links.set(hashOf(secret), this.#nowMs() + WEB_LINK_LIFETIME_MS);
    keepNewest(this.#links);
    return secret;
  }

  /** Uses a link up; undefined when it is none, or not good any more. */
  redeem(secret: string): WebLogin | undefined {
    const hash = hashOf(secret);
    const untilMs = this.#links.get(hash);
    this.#links.delete(hash);
    if (untilMs === undefined || this.#nowMs() >= untilMs) return undefined;
    const login = { cookie: newSecret(), pageKey: newSecret() };
    const kept = { pageKeyHash: hashOf(login.pageKey), lastUsedMs: this.#nowMs() };
    this.#logins.set(hashOf(login.cookie), kept);
    keepNewest(this.#logins);
    return login;
  }

  /** True when both are of one login, which counts as used now. */
  isGood({ cookie, pageKey }: WebLogin): boolean {
    const hash = hashOf(cookie);
    const kept = this.#logins.get(hash);
    // Hashes of secrets that nobody can guess: how long this takes tells nothing.
    if (kept?.pageKeyHash !== hashOf(pageKey)) return false;
    const nowMs = this.#nowMs();
    this.#logins.delete(hash);
    if (nowMs - kept.lastUsedMs >= WEB_LOGIN_LIFETIME_MS) return false;
    kept.lastUsedMs = nowMs;
    this.#logins.set(hash, kept);
    return true;
  }

  /** Ends the login of a cookie. */
  end(cookie: string): void {
    this.#logins.delete(hashOf(cookie));
  }
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}

function keepNewest(kept: Map<string, unknown>): void {
  const [oldest] = kept.keys();
  if (kept.size > MAX_WEB_LOGINS && oldest !== undefined) kept.delete(oldest);
}
