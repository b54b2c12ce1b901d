/**
 * Relays on which nothing came of a meeting lately: others are asked for first. Pure; the clock is handed in.
 */
import { MAX_AVOIDED_RELAYS, RELAY_AVOIDED_MS } from '../../net/limits.js';

export class AvoidedRelays {
  readonly #nowMs: () => number;
  /** Each relay → when it was at fault last; the oldest first. */
  readonly #faults = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Nothing came of a meeting there. */
  onFault(relay: string): void {
    this.#faults.delete(relay);
    this.#faults.set(relay, this.#nowMs());
    const [oldest] = this.#faults.keys();
    if (this.#faults.size > MAX_AVOIDED_RELAYS && oldest !== undefined) this.#faults.delete(oldest);
  }

  /** There is no other one. */
  forgive(): void {
    this.#faults.clear();
  }

  /** Those to be passed over now, besides these; no more than may be said. */
  with(further: Iterable<string>): readonly string[] {
    const nowMs = this.#nowMs();
    const faulty = [...this.#faults].filter(([, atMs]) => nowMs - atMs < RELAY_AVOIDED_MS);
    const all = new Set([...further, ...faulty.map(([relay]) => relay)]);
    return [...all].slice(0, MAX_AVOIDED_RELAYS);
  }
}
