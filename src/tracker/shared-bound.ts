/**
 * A bound of what all parties have together. Below it nobody is refused. As much again is left for those who come
 * when it is reached: a party gets of it until it has as much as its share of what is still left, so that whoever
 * fills the bound is refused first, and the more there are, the less each can take from those who come later. When
 * nothing is left everybody is refused. Pure.
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
    if (!this.#hasRoom(party, count)) return false;
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

  #hasRoom(party: string, count: number): boolean {
    if (this.#total < this.#most) return true;
    const left = 2 * this.#most - this.#total;
    const parties = this.#counts.size + (this.#counts.has(party) ? 0 : 1);
    return left > 0 && count < Math.max(1, Math.floor(left / parties));
  }
}
