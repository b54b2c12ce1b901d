/**
 * A bound of what all parties have together. Below it nobody is refused; at it, who has their share of it or more is,
 * so that whoever fills it is refused first; at twice the bound everybody is. Pure.
 */
import { bug } from '../net/errors.js';

export class SharedBound {
  readonly #most: number;
  /** By party; none without anything. */
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** What all have. */
  get total(): number {
    return this.#total;
  }

  /** Takes a place for a party; false when there is none for it. */
  take(party: string): boolean {
    const count = this.#counts.get(party) ?? 0;
    if (!this.#hasRoom(count)) return false;
    this.#counts.set(party, count + 1);
    this.#total++;
    return true;
  }

  /** Gives one place back. */
  giveBack(party: string): void {
    const count = this.#counts.get(party) ?? bug(`${party} gives back what it does not have`);
    this.#total--;
    if (count === 1) this.#counts.delete(party);
    else this.#counts.set(party, count - 1);
  }

  #hasRoom(count: number): boolean {
    if (this.#total < this.#most) return true;
    if (this.#total >= 2 * this.#most) return false;
    return count < Math.max(1, Math.floor(this.#most / Math.max(1, this.#counts.size)));
  }
}
